// SPDX-License-Identifier: Apache-2.0
// Serving certificates for servers of the tests, made independently of what the operator makes.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A CA that signs whatever it is asked to. */
export interface TestCa {
  /** PEM. */
  readonly certificate: string;
  /** A serving certificate for a DNS name, valid for a day. PEM; the key is PKCS #8. */
  issue(dnsName: string): Promise<{ readonly certificate: string; readonly key: string }>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SUBJECT = 'CN=gmsa-operator-test-ca';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a CA with a key of its own. */
export async function createTestCa(): Promise<TestCa> {
  const keys = await generateKeys();
  const { certificate } = pem(
    await X509CertificateGenerator.createSelfSigned({
      name: SUBJECT,
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    }),
  );
  return {
    certificate,
    async issue(dnsName) {
      const own = await generateKeys();
      const leaf = await X509CertificateGenerator.create({
        subject: `CN=${dnsName}`,
        issuer: SUBJECT,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(),
        extensions: [
          new SubjectAlternativeNameExtension([{ type: 'dns', value: dnsName }]),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        ],
      });
      const key = await crypto.subtle.exportKey('pkcs8', own.privateKey);
      return { ...pem(leaf), key: PemConverter.encode(key, 'PRIVATE KEY') };
    },
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** From an hour ago, for clocks that differ. */
function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS / 24), notAfter: new Date(now + DAY_MS) };
}

function pem(certificate: X509Certificate): { readonly certificate: string } {
  return { certificate: certificate.toString('pem') };
}
