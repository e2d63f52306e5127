// SPDX-License-Identifier: Apache-2.0
// The serving certificate as TLS takes it. A pair that does not fit is found out here, before anything
// that is being served has changed.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** A serving certificate with its chain, and its private key; PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** TLS 1.0 and 1.1 are deprecated (RFC 8996); API servers speak 1.3. */
const MIN_VERSION = 'TLSv1.2';

/**
 * The options of a TLS server that serves the certificate, or that serves none yet.
 * @throws Error that says what is wrong with the pair.
 */
export function secureContextOptions(
  certificate: ServingCertificate | undefined,
): SecureContextOptions {
  if (certificate === undefined) return { minVersion: MIN_VERSION };
  const { cert, key } = certificate;
  const leaf = parse('serving certificate', () => new X509Certificate(cert));
  const privateKey = parse('private key', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error('the private key does not belong to the serving certificate');
  }
  const options: SecureContextOptions = { cert, key, minVersion: MIN_VERSION };
  parse('serving certificate', () => createSecureContext(options));
  return options;
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`the ${what} cannot be read: it has to be PEM, complete and not encrypted`, {
      cause: error,
    });
  }
}
