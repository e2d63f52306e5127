// SPDX-License-Identifier: Apache-2.0
// Certificates for tests: our own in few words, and those that others may bring, in every shape.
import type { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import type * as X509 from '@peculiar/x509';
import { type Certificate, readCertificate } from '../certificate.ts';
import { issueCertificateAuthority, issueServingCertificate } from '../issue.ts';
import { type CheckedKeyPair, type KeyPair, readKeyPair } from '../key-pair.ts';

/** A whole second, for certificates know nothing smaller. */
export const START = new Date('2026-01-02T03:04:05Z');

export const SECOND = 1_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** So many milliseconds after {@link START}. */
export function at(ms: number): Date {
  return new Date(START.getTime() + ms);
}

/** The certificate; throws where there is none. */
export function certificateOf({ certificate }: Pick<KeyPair, 'certificate'>): Certificate {
  const reading = readCertificate(certificate);
  if (reading.type === 'invalid') throw new Error(`the certificate ${reading.problem}`);
  return reading.certificate;
}

/** The pair; throws where it is none. */
export function checked(pair: KeyPair): CheckedKeyPair {
  const reading = readKeyPair(pair);
  if (reading.type !== 'valid') throw new Error(JSON.stringify(reading));
  return reading.pair;
}

/** A CA of ours. */
export async function newAuthority({
  now = START,
  validityMs = 365 * DAY,
}: { readonly now?: Date; readonly validityMs?: number } = {}): Promise<CheckedKeyPair> {
  return checked(await issueCertificateAuthority({ validityMs, now }));
}

/** A serving certificate of ours, for `webhook.ns.svc` and 127.0.0.1. */
export async function newServing(
  authority: KeyPair,
  {
    now = START,
    validityMs = 90 * DAY,
    dnsNames = ['webhook.ns.svc'],
    ipAddresses = ['127.0.0.1'],
  }: {
    readonly now?: Date;
    readonly validityMs?: number;
    readonly dnsNames?: readonly string[];
    readonly ipAddresses?: readonly string[];
  } = {},
): Promise<CheckedKeyPair> {
  return checked(
    await issueServingCertificate({ authority, dnsNames, ipAddresses, validityMs, now }),
  );
}

/** A pair as others make them; issued by itself where no issuer is given. */
export async function foreignPair({
  commonName,
  issuer,
  isAuthority = false,
  notBefore = at(-HOUR),
  notAfter = at(365 * DAY),
  algorithm = { name: 'ECDSA', namedCurve: 'P-256' },
  extensions = () => [],
}: {
  readonly commonName: string;
  readonly issuer?: ForeignPair;
  readonly isAuthority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly algorithm?: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;
  readonly extensions?: (x509: typeof X509) => X509.Extension[];
}): Promise<ForeignPair> {
  const x509 = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const subject = `CN=${commonName}`;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: issuer?.signingKey ?? keys.privateKey,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...extensions(x509),
    ],
  });
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: x509.PemConverter.encode(der, 'PRIVATE KEY'),
    subject,
    signingKey: keys.privateKey,
  };
}

/** A pair that can issue others. */
export interface ForeignPair extends KeyPair {
  readonly subject: string;
  readonly signingKey: webcrypto.CryptoKey;
}
