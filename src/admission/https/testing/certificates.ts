// SPDX-License-Identifier: Apache-2.0
// Certificates for tests of the server: those that it serves, and those of its clients.
import type { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { ServingCertificate } from '../certificate.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

/** A certificate for 127.0.0.1 that is its own CA, with this common name. */
export async function createTestCertificate(commonName: string): Promise<ServingCertificate> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

/** A CA, or the certificate of a client. */
export interface TestPair extends ServingCertificate {
  readonly subject: string;
  readonly signingKey: webcrypto.CryptoKey;
}

/** A certificate that `issuer` has signed, or else itself; valid from an hour ago for two. */
export async function createTestPair({
  commonName,
  issuer,
  isAuthority = false,
  notBefore = new Date(Date.now() - HOUR_MS),
  notAfter = new Date(Date.now() + HOUR_MS),
  usage = 'clientAuth',
}: {
  readonly commonName: string;
  readonly issuer?: TestPair;
  readonly isAuthority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly usage?: 'clientAuth' | 'serverAuth';
}): Promise<TestPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const subject = `CN=${commonName}`;
  const certificate = await X509CertificateGenerator.create({
    ...{ subject, issuer: issuer?.subject ?? subject, notBefore, notAfter },
    publicKey: keys.publicKey,
    signingKey: issuer?.signingKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(isAuthority, undefined, true),
      ...(isAuthority ? [] : [new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]])]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: PemConverter.encode(key, 'PRIVATE KEY'),
    subject,
    signingKey: keys.privateKey,
  };
}
