// SPDX-License-Identifier: Apache-2.0
// Who signed a certificate, and whether a client that trusts certain certificates would take it. Checked
// by signatures, not by names, much as Go's crypto/x509 does: its client is the one that counts.
import type { Certificate } from './certificate.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { validityProblem } from './validity.ts';

/** A certificate and those of intermediate CAs that a server sends with it. */
export type CertificateChain = Pick<CheckedKeyPair, 'intermediates' | 'leaf'>;

/** Whether the authority is a CA, and the certificate bears its signature. */
export function signedBy(certificate: Certificate, authority: Certificate): boolean {
  if (!authority.isCertificateAuthority || !certificate.x509.checkIssued(authority.x509)) {
    return false;
  }
  return bearsSignature(certificate, authority);
}

/** Whether the certificate bears its own signature; it need not be a CA. */
export function isSelfSigned(certificate: Certificate): boolean {
  const { subject, issuer } = certificate.x509;
  return subject === issuer && bearsSignature(certificate, certificate);
}

/**
 * Whether a client that trusts the anchor takes the chain at this time. As for Go, an anchor need not
 * be self-signed, and may be the server's certificate itself.
 */
export function leadsTo(chain: CertificateChain, anchor: Certificate, now: Date): boolean {
  const visited = new Set<string>();
  const climb = (certificate: Certificate): boolean => {
    if (visited.has(certificate.fingerprint)) return false;
    visited.add(certificate.fingerprint);
    if (validityProblem(certificate, now) !== undefined) return false;
    if (certificate.fingerprint === anchor.fingerprint) return true;
    return [anchor, ...chain.intermediates].some(
      (issuer) => signedBy(certificate, issuer) && climb(issuer),
    );
  };
  return climb(chain.leaf);
}

function bearsSignature({ x509 }: Certificate, by: Certificate): boolean {
  try {
    return x509.verify(by.x509.publicKey);
  } catch {
    // A key of a kind that OpenSSL does not know.
    return false;
  }
}
