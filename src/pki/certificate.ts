// SPDX-License-Identifier: Apache-2.0
// Reads certificates, whatever they are given as: a Secret or a CA bundle may hold anything.
// Writes CA bundles: each certificate once, the newest first, so that the same certificates are the same text.
import { X509Certificate } from 'node:crypto';

/** What we look at in a certificate. */
export interface Certificate {
  /** This certificate alone, as OpenSSL writes PEM. */
  readonly pem: string;
  /** SHA-256 of the DER form, in lower-case hex. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `basicConstraints` say so. */
  readonly isCertificateAuthority: boolean;
  readonly dnsNames: readonly string[];
  /** As OpenSSL writes them: IPv6 unabbreviated. */
  readonly ipAddresses: readonly string[];
  /** The same for `node:crypto`. */
  readonly x509: X509Certificate;
}

/** A certificate, or why there is none, in words that follow "it". */
export type CertificateReading =
  | { readonly type: 'invalid'; readonly problem: string }
  | { readonly type: 'valid'; readonly certificate: Certificate };

/** Base64 holds no "-", so that each character is looked at once, whatever the text. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the first certificate of a PEM text; what is around it does not matter. Never throws. */
export function readCertificate(pem: string): CertificateReading {
  const [block] = pem.match(PEM_BLOCK) ?? [];
  if (block === undefined) {
    return { type: 'invalid', problem: 'is not PEM: it has no "BEGIN CERTIFICATE" block' };
  }
  const certificate = parseBlock(block);
  return certificate === undefined
    ? { type: 'invalid', problem: 'has a "CERTIFICATE" block that holds no X.509 certificate' }
    : { type: 'valid', certificate };
}

/** All certificates of a bundle in their order; what is none is passed over. Never throws. */
export function splitBundle(pem: string): readonly Certificate[] {
  return (pem.match(PEM_BLOCK) ?? [])
    .map(parseBlock)
    .filter((certificate) => certificate !== undefined);
}

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

function parseBlock(block: string): Certificate | undefined {
  try {
    const x509 = new X509Certificate(block);
    const { validFromDate: notBefore, validToDate: notAfter } = x509;
    if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) return undefined;
    return {
      pem: x509.toString(),
      fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore,
      notAfter,
      isCertificateAuthority: x509.ca,
      ...parseSubjectAltNames(x509.subjectAltName),
      x509,
    };
  } catch {
    return undefined;
  }
}

/** A value with a comma or another character that could mislead is a JSON string. */
const NAME = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

/**
 * Takes apart what Node shows of a certificate's subject alternative names (RFC 5280, 4.2.1.6) as one line
 * of text: `X509Certificate.subjectAltName`. Names of other kinds are passed over.
 */
export function parseSubjectAltNames(
  text: string | undefined,
): Pick<Certificate, 'dnsNames' | 'ipAddresses'> {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  for (const [, kind, value = ''] of (text ?? '').matchAll(NAME)) {
    if (kind === 'DNS') dnsNames.push(unquoted(value));
    else if (kind === 'IP Address') ipAddresses.push(value);
  }
  return { dnsNames, ipAddresses };
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
