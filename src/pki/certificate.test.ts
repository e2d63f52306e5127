// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  joinBundle,
  newestFirst,
  parseSubjectAltNames,
  readCertificate,
  splitBundle,
} from './certificate.ts';
import { at, HOUR, newAuthority, newServing } from './testing/certificates.ts';

const older = await newAuthority({ now: at(-HOUR) });
const newer = await newAuthority();
const serving = await newServing(newer);

describe('reading a certificate', () => {
  it('finds it among anything', () => {
    const reading = readCertificate(`subject=x\n\u0000${newer.certificate}${older.certificate}`);
    expect(reading).toMatchObject({
      type: 'valid',
      certificate: { fingerprint: newer.leaf.fingerprint, isCertificateAuthority: true },
    });
  });

  it.each([
    ['', 'is not PEM'],
    ['rubbish', 'is not PEM'],
    ['\u0000\uFFFD'.repeat(1_000_000), 'is not PEM'],
    ['-----BEGIN CERTIFICATE-----'.repeat(100_000), 'is not PEM'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'is not PEM'],
    ['-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', 'holds no X.509 certificate'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'holds no X.509 certificate'],
    [newer.certificate.replace('\nMII', '\nMIJ'), 'holds no X.509 certificate'],
    [newer.certificate.slice(0, 200), 'is not PEM'],
  ])('says of rubbish that it is rubbish (%#)', (pem, problem) => {
    expect(readCertificate(pem)).toMatchObject({
      type: 'invalid',
      problem: expect.stringContaining(problem),
    });
  });

  it('never throws, whatever is damaged', () => {
    const bytes = Buffer.from(newer.certificate.replaceAll(/-----.*-----|\n/g, ''), 'base64');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[index] = (damaged[index] ?? 0) ^ flip;
        const pem = `-----BEGIN CERTIFICATE-----\n${damaged.toString('base64')}\n-----END CERTIFICATE-----`;
        expect(['invalid', 'valid']).toContain(readCertificate(pem).type);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a bundle', () => {
  it('is split into its certificates; rubbish between them does not matter', () => {
    const bundle = `# one\n${older.certificate}rubbish -----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${newer.certificate}${older.certificate}`;
    expect(splitBundle(bundle).map(({ fingerprint }) => fingerprint)).toEqual(
      [older, newer, older].map(({ leaf }) => leaf.fingerprint),
    );
    expect(splitBundle('')).toEqual([]);
  });

  it('is written with each certificate once, the newest first, whatever the order', () => {
    const expected = newer.leaf.pem + older.leaf.pem;
    expect(joinBundle([older.leaf, newer.leaf, older.leaf])).toBe(expected);
    expect(joinBundle(splitBundle(expected))).toBe(expected);
    expect(joinBundle([])).toBe('');
  });

  it('has one order for certificates of the same moment, too', () => {
    expect(newestFirst([newer.leaf, serving.leaf])).toEqual(
      newestFirst([serving.leaf, newer.leaf]),
    );
  });
});

describe('subject alternative names', () => {
  it.each([
    [undefined, [], []],
    ['', [], []],
    ['DNS:a.ns.svc', ['a.ns.svc'], []],
    ['DNS:a, IP Address:127.0.0.1, DNS:*.b', ['a', '*.b'], ['127.0.0.1']],
    ['IP Address:0:0:0:0:0:0:0:1, DNS:a', ['a'], ['0:0:0:0:0:0:0:1']],
    ['DNS:"a, DNS:b", email:x@y, URI:https://a/, DNS:c', ['a, DNS:b', 'c'], []],
    ['DNS:"a\\"b\\u0000", DNS:c', ['a"b\u0000', 'c'], []],
  ])('are told apart: %j', (text, dnsNames, ipAddresses) => {
    expect(parseSubjectAltNames(text)).toEqual({ dnsNames, ipAddresses });
  });
});
