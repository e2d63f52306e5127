// SPDX-License-Identifier: Apache-2.0
// Issues the CA and the serving certificates of the webhooks: ECDSA on P-256 with SHA-256, which Go and
// every TLS library take. The only file that needs a library for it.
import { createHash, createPrivateKey, KeyObject, type webcrypto } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import { readCertificate } from './certificate.ts';
import type { KeyPair } from './key-pair.ts';
import { CLOCK_SKEW_MS } from './validity.ts';

/** The common name of a CA, less what makes it unique. At most 64 characters in all (RFC 5280, ub-common-name). */
const AUTHORITY_COMMON_NAME = 'gmsa-operator webhook CA';

/** Hex digits of the key's identifier in the common name of a CA. */
const UNIQUE_DIGITS = 16;

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A certificate's serving name is in its subject alternative names; nobody reads the common name. */
const SERVING_COMMON_NAME = 'gmsa-operator-webhook';

/** What a CA is issued for. */
export interface IssueAuthorityRequest {
  readonly validityMs: number;
  readonly now: Date;
}

/** What a serving certificate is issued for. */
export interface IssueServingRequest {
  readonly authority: KeyPair;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly validityMs: number;
  readonly now: Date;
}

/**
 * Makes a CA that signs serving certificates and nothing else. Its common name ends with "-" and 16 hex
 * digits that only this CA has: verifiers look for an issuer by its name first, and while a CA is replaced
 * there are two of them in a bundle.
 */
export async function issueCertificateAuthority(request: IssueAuthorityRequest): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const keyId = await keyIdentifier(keys.publicKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`${AUTHORITY_COMMON_NAME}-${keyId.slice(0, UNIQUE_DIGITS)}`] }],
    keys,
    ...validity(request),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      new x509.SubjectKeyIdentifierExtension(keyId),
      new x509.AuthorityKeyIdentifierExtension(keyId),
    ],
  });
  return pairOf(certificate, keys);
}

/**
 * Makes a certificate for a server of these names, signed by the CA. It ends with the CA at the latest.
 * @throws Error where the authority is no certificate with its ECDSA P-256 key, where no name is given,
 * or an IP address is none.
 */
export async function issueServingCertificate(request: IssueServingRequest): Promise<KeyPair> {
  const { authority, dnsNames, ipAddresses } = request;
  if (dnsNames.length + ipAddresses.length === 0) {
    throw new Error('serving certificate: no DNS name and no IP address to issue it for');
  }
  const reading = readCertificate(authority.certificate);
  if (reading.type === 'invalid') throw new Error(`certificate of the CA: it ${reading.problem}`);
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(reading.certificate.pem);
  const issuerKeyId = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const keys = await generateKeys();
  const { notBefore, notAfter } = validity(request);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [SERVING_COMMON_NAME] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: signingKey(authority.privateKey),
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames.map((value) => ({ type: 'dns', value }) as const),
        ...ipAddresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
      new x509.SubjectKeyIdentifierExtension(await keyIdentifier(keys.publicKey)),
      ...(issuerKeyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(issuerKeyId)]),
    ],
  });
  return pairOf(certificate, keys);
}

async function loadX509(): Promise<typeof X509> {
  // The library's dependency injection needs it, and asks for it while it is loaded.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

/** RFC 7093, 2 (1): the first 160 bits of the SHA-256 of the public key. In hex. */
async function keyIdentifier(publicKey: webcrypto.CryptoKey): Promise<string> {
  const point = await crypto.subtle.exportKey('raw', publicKey);
  return createHash('sha256').update(Buffer.from(point)).digest('hex').slice(0, 40);
}

/** X.509 knows whole seconds only. */
function validity({ now, validityMs }: { readonly now: Date; readonly validityMs: number }): {
  readonly notBefore: Date;
  readonly notAfter: Date;
} {
  const issued = Math.floor(now.getTime() / 1000) * 1000;
  const seconds = Math.max(1, Math.floor(validityMs / 1000));
  return {
    notBefore: new Date(issued - CLOCK_SKEW_MS),
    notAfter: new Date(issued + seconds * 1000),
  };
}

function pairOf(certificate: X509.X509Certificate, keys: webcrypto.CryptoKeyPair): KeyPair {
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function signingKey(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(CURVE, false, ['sign']);
}
