// SPDX-License-Identifier: Apache-2.0
// The serving certificate and the client CA as TLS takes them. A pair that does not fit is found out here, before
// anything that is being served has changed.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { parseClientCa } from './client-ca.ts';

/** A serving certificate with its chain, and its private key; PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a server shows its clients, and what it asks of them. */
export interface TlsSettings {
  /** Undefined: none yet. */
  readonly certificate: ServingCertificate | undefined;
  /** PEM bundle of CAs. Clients must present a certificate that one of them signed; undefined: they need none. */
  readonly clientCa: string | undefined;
}

/** TLS 1.0 and 1.1 are deprecated (RFC 8996); API servers speak 1.3. */
const MIN_VERSION = 'TLSv1.2';

/**
 * The options of a TLS server with these settings.
 * @throws Error that says what is wrong with the pair or the bundle.
 */
export function secureContextOptions({ certificate, clientCa }: TlsSettings): SecureContextOptions {
  const common = {
    minVersion: MIN_VERSION,
    ...(clientCa === undefined ? {} : { ca: parseClientCa(clientCa).map(String) }),
  } as const;
  if (certificate === undefined) return common;
  const { cert, key } = certificate;
  const leaf = parse('serving certificate', () => new X509Certificate(cert));
  const privateKey = parse('private key', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error('the private key does not belong to the serving certificate');
  }
  const options: SecureContextOptions = { cert, key, ...common };
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
