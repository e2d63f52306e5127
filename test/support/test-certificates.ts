// SPDX-License-Identifier: Apache-2.0
// Certificates for servers and clients of the tests, made independently of what the operator makes.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
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
  /** A serving certificate for a DNS name, valid for a day. */
  issue(dnsName: string): Promise<TestPair>;
  /** A client certificate with this common name, valid for a day. */
  issueClient(commonName: string): Promise<TestPair>;
}

/** A certificate and its key: PEM; the key is PKCS #8. */
export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a CA with a key of its own. Of two CAs with one name, OpenSSL takes either for the issuer. */
export async function createTestCa(commonName = 'gmsa-operator-test-ca'): Promise<TestCa> {
  const subject = `CN=${commonName}`;
  const keys = await generateKeys();
  const { certificate } = pem(
    await X509CertificateGenerator.createSelfSigned({
      name: subject,
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    }),
  );

  const issue = async (name: string, extensions: Extension[]): Promise<TestPair> => {
    const own = await generateKeys();
    const leaf = await X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions,
    });
    const key = await crypto.subtle.exportKey('pkcs8', own.privateKey);
    return { ...pem(leaf), key: PemConverter.encode(key, 'PRIVATE KEY') };
  };

  return {
    certificate,
    issue: (dnsName) =>
      issue(dnsName, [
        new SubjectAlternativeNameExtension([{ type: 'dns', value: dnsName }]),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ]),
    issueClient: (commonName) =>
      issue(commonName, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]),
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
