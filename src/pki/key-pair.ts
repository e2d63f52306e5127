// SPDX-License-Identifier: Apache-2.0
// A certificate with its private key, as PEM: what a Secret of type kubernetes.io/tls holds, and what
// a TLS server takes. Read so that what is not fit for use is told apart, and never thrown about.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Certificate, readCertificate, splitBundle } from './certificate.ts';

/** A certificate and its key. */
export interface KeyPair {
  /** PEM; the certificates of intermediate CAs may follow. */
  readonly certificate: string;
  /** PEM, PKCS#8 where we made it. */
  readonly privateKey: string;
}

/** A pair that belongs together and that TLS takes. */
export interface CheckedKeyPair extends KeyPair {
  /** The first certificate. */
  readonly leaf: Certificate;
  /** Those after it. */
  readonly intermediates: readonly Certificate[];
}

/** A pair, or why there is none, in words that follow "it". */
export type KeyPairReading =
  | { readonly type: 'absent' }
  | { readonly type: 'invalid'; readonly problem: string }
  | { readonly type: 'valid'; readonly pair: CheckedKeyPair };

/** The size to which Kubernetes holds a Secret. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Reads a pair: whether it is one, not whether it is valid at this time or for these names. Never
 * throws. No part of the key gets into the problem.
 */
export function readKeyPair({ certificate, privateKey }: KeyPair): KeyPairReading {
  if (certificate.trim() === '') return invalid('holds no certificate');
  if (privateKey.trim() === '') return invalid('holds no private key');
  if (certificate.length > MAX_LENGTH || privateKey.length > MAX_LENGTH) {
    return invalid('holds a certificate or private key of more than 1 MiB');
  }
  const reading = readCertificate(certificate);
  if (reading.type === 'invalid') return invalid(`holds a certificate that ${reading.problem}`);
  const key = readPrivateKey(privateKey);
  if (key === undefined) {
    return invalid('holds a private key that is not PEM (unencrypted PKCS#8, PKCS#1 or SEC 1)');
  }
  const { certificate: leaf } = reading;
  if (!belongTogether(leaf, key)) {
    return invalid('holds a private key that does not belong to the (first) certificate');
  }
  const intermediates = splitBundle(certificate).slice(1);
  const pair = {
    certificate: [leaf, ...intermediates].map(({ pem }) => pem).join(''),
    privateKey,
    leaf,
    intermediates,
  };
  return isFitForTls(pair)
    ? { type: 'valid', pair }
    : invalid('holds a certificate or private key that TLS does not take: is the key too small?');
}

function invalid(problem: string): KeyPairReading {
  return { type: 'invalid', problem };
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function belongTogether({ x509 }: Certificate, key: KeyObject): boolean {
  try {
    return x509.checkPrivateKey(key);
  } catch {
    return false;
  }
}

/** OpenSSL refuses keys and signatures below its security level only here. */
function isFitForTls({ certificate, privateKey }: KeyPair): boolean {
  try {
    createSecureContext({ cert: certificate, key: privateKey });
    return true;
  } catch {
    return false;
  }
}
