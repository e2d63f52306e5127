// SPDX-License-Identifier: Apache-2.0
// CA bundles as they are written: each certificate once, the newest first, always the same text for the
// same certificates.
import type { Certificate } from './certificate.ts';

/** The certificates, each once, by the beginning of their validity. */
export function newestFirst(certificates: Iterable<Certificate>): readonly Certificate[] {
  const unique = new Map<string, Certificate>();
  for (const certificate of certificates) unique.set(certificate.fingerprint, certificate);
  return [...unique.values()].sort(
    (a, b) =>
      b.notBefore.getTime() - a.notBefore.getTime() || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
}

/** The PEM text of a bundle; empty where there is no certificate. */
export function joinBundle(certificates: Iterable<Certificate>): string {
  return newestFirst(certificates)
    .map(({ pem }) => pem)
    .join('');
}
