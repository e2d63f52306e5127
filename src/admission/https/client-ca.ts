// SPDX-License-Identifier: Apache-2.0
// The CAs whose client certificates callers must present. Node passes over what it cannot read in a bundle, so the
// bundle is read here: a damaged one must not quietly trust fewer CAs than its author meant.
import { X509Certificate } from 'node:crypto';

/** A block with its end, or cut off. Base64 holds no "-", so that each character is looked at once. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/g;

/**
 * The certificates of a PEM bundle in their order; text around them does not matter. Each has to lead to one that signed
 * itself, as OpenSSL verifies a chain to its root.
 * @throws Error that says what is wrong with the bundle.
 */
export function parseClientCa(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) {
    throw new Error('the client CA bundle holds no certificate: it has to be PEM');
  }
  const certificates = blocks.map(parseBlock);
  certificates.forEach((certificate, i) => {
    if (certificates.some((issuer) => certificate.checkIssued(issuer))) return;
    const [subject, issuer] = [nameOf(certificate.subject), nameOf(certificate.issuer)];
    throw new Error(
      `${placeOf(i)} (${subject}) was signed by ${issuer}, which the bundle does not hold: add it, or use a CA that signed itself`,
    );
  });
  return certificates;
}

function parseBlock(block: string, i: number): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new Error(`${placeOf(i)} cannot be read: it has to be PEM, and complete`, {
      cause: error,
    });
  }
}

function placeOf(i: number): string {
  return `certificate ${i + 1} of the client CA bundle`;
}

/** A distinguished name in one line; Node writes each of its parts in a line of its own. */
export function nameOf(distinguishedName: string): string {
  return distinguishedName.replaceAll('\n', ', ');
}
