// SPDX-License-Identifier: Apache-2.0
// The Secrets that hold certificates: type kubernetes.io/tls with a CA bundle beside it, as cert-manager
// writes them too.
import { type Certificate, joinBundle, splitBundle } from './certificate.ts';
import { type KeyPair, type KeyPairReading, readKeyPair } from './key-pair.ts';

/** What a Secret holds of what we look for. */
export interface CertificateSecret {
  /** `tls.crt` and `tls.key`; absent where the Secret is. */
  readonly keyPair: KeyPairReading;
  /** `ca.crt`: its certificates, in their order. */
  readonly authorities: readonly Certificate[];
}

/** `data` of a Secret: base64, as the API server has it. */
export type SecretData = Readonly<Record<string, string>>;

/** Reads the `data` of a Secret; undefined is a Secret that does not exist. Never throws. */
export function readCertificateSecret(data: SecretData | undefined): CertificateSecret {
  if (data === undefined) return { keyPair: { type: 'absent' }, authorities: [] };
  return {
    keyPair: readKeyPair({
      certificate: decoded(data['tls.crt']),
      privateKey: decoded(data['tls.key']),
    }),
    authorities: splitBundle(decoded(data['ca.crt'])),
  };
}

/** The `data` of a Secret with this pair and this CA bundle. */
export function certificateSecretData(
  { certificate, privateKey }: KeyPair,
  bundle: readonly Certificate[],
): SecretData {
  return {
    'tls.crt': encoded(certificate),
    'tls.key': encoded(privateKey),
    'ca.crt': encoded(joinBundle(bundle)),
  };
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
