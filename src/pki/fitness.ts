// SPDX-License-Identifier: Apache-2.0
// Whether a key pair is fit for its purpose at a time: to serve webhooks under their names, or to sign
// such certificates.
import { isIP } from 'node:net';
import type { Certificate } from './certificate.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { isSelfSigned } from './signed-by.ts';
import { validityProblem } from './validity.ts';

/** The names by which API servers call the webhooks. */
export interface ServerNames {
  readonly dnsNames: readonly string[];
  /** IPv6 without brackets. */
  readonly ipAddresses: readonly string[];
}

/** RFC 5280, 4.2.1.12: id-kp-serverAuth and anyExtendedKeyUsage. */
const SERVER_USAGES: readonly string[] = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/**
 * Why no client would take a serving certificate at this time, whomever it trusts, in words that follow
 * "it"; undefined where nothing speaks against it.
 */
export function servingProblem(
  { leaf }: Pick<CheckedKeyPair, 'leaf'>,
  { dnsNames, ipAddresses }: ServerNames,
  now: Date,
): string | undefined {
  const dated = validityProblem(leaf, now);
  if (dated !== undefined) return dated;
  // Node's `keyUsage` is the extended one; undefined, against its type, where there is none.
  const usages = leaf.x509.keyUsage as readonly string[] | undefined;
  if (usages !== undefined && !usages.some((usage) => SERVER_USAGES.includes(usage))) {
    return 'is not for servers: its extended key usage lacks "server authentication"';
  }
  const unnamed =
    dnsNames.find((name) => !leaf.dnsNames.includes(name) && !matchesHost(leaf, name)) ??
    ipAddresses.find((address) => !matchesAddress(leaf, address));
  return unnamed === undefined
    ? undefined
    : `does not name ${unnamed} in its subject alternative names`;
}

/**
 * Why a CA cannot sign serving certificates at this time, in words that follow "it"; undefined where
 * it can.
 */
export function authorityProblem({ leaf }: CheckedKeyPair, now: Date): string | undefined {
  if (!leaf.isCertificateAuthority) return 'is no CA: its basic constraints do not say so';
  if (!isSelfSigned(leaf)) return 'is not self-signed';
  const { asymmetricKeyType, asymmetricKeyDetails } = leaf.x509.publicKey;
  if (asymmetricKeyType !== 'ec' || asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return 'has a key that is not ECDSA on P-256';
  }
  return validityProblem(leaf, now);
}

/** Clients have not looked at the common name since RFC 6125. */
function matchesHost({ x509 }: Certificate, name: string): boolean {
  try {
    return x509.checkHost(name, { subject: 'never' }) !== undefined;
  } catch {
    // Not a name that OpenSSL would look for.
    return false;
  }
}

function matchesAddress({ x509 }: Certificate, address: string): boolean {
  return isIP(address) !== 0 && x509.checkIP(address) !== undefined;
}
