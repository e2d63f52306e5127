// SPDX-License-Identifier: Apache-2.0
// The program is run as its source: Node strips its types.
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCertificate } from './certificate.ts';
import { createIssuer } from './issuer.ts';
import { readKeyPair } from './key-pair.ts';
import { signedBy } from './signed-by.ts';

const PROGRAM = new URL('./issue-program.ts', import.meta.url);
const issuer = createIssuer(PROGRAM);
const validityMs = 3_600_000;
const now = new Date('2026-06-01T12:00:00Z');

function certificateOf(pem: string) {
  const reading = readCertificate(pem);
  if (reading.type === 'invalid') throw new Error(reading.problem);
  return reading.certificate;
}

describe('an issuer in a process of its own', () => {
  it('issues a CA and what it signs, as of the time that it is given', async () => {
    const authority = await issuer.issueCertificateAuthority({
      commonName: 'test',
      validityMs,
      now,
    });
    const dnsNames = ['webhook.test.svc'];
    const request = { authority, dnsNames, ipAddresses: ['127.0.0.1'], validityMs, now };
    const serving = await issuer.issueServingCertificate(request);
    const [ca, leaf] = [certificateOf(authority.certificate), certificateOf(serving.certificate)];
    expect(ca.isCertificateAuthority).toBe(true);
    expect(signedBy(leaf, ca)).toBe(true);
    expect(leaf.notAfter).toEqual(new Date(now.getTime() + validityMs));
    expect(leaf).toMatchObject({ dnsNames });
    expect(readKeyPair(serving).type).toBe('valid');
  });

  it('issues what is asked at once in order, and again after it was idle', async () => {
    const shortly = createIssuer(PROGRAM, { idleMs: 1 });
    const ask = (commonName: string) =>
      shortly.issueCertificateAuthority({ commonName, validityMs, now });
    const pairs = [...(await Promise.all([ask('one'), ask('two')]))];
    await new Promise((resolve) => setTimeout(resolve, 50));
    pairs.push(await ask('three'));
    expect(pairs.map(({ certificate }) => new X509Certificate(certificate).subject)).toEqual([
      expect.stringMatching(/^CN=one-/),
      expect.stringMatching(/^CN=two-/),
      expect.stringMatching(/^CN=three-/),
    ]);
  });

  it('throws what issuing throws', async () => {
    const commonName = 'x'.repeat(48);
    await expect(issuer.issueCertificateAuthority({ commonName, validityMs, now })).rejects.toThrow(
      `common name "${commonName}" of a CA: must have at most 47 characters`,
    );
  });
});

describe('a process that', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'issuer-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    [
      'fails',
      'console.error("no entropy"); process.exit(3);',
      /ended with exit code 3: no entropy$/,
    ],
    [
      'is killed',
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);',
      /ended with SIGKILL/,
    ],
    ['answers with rubbish', 'console.log("{");', /JSON/],
  ])('%s is an error', async (_, program, message) => {
    const file = join(directory, 'program.mjs');
    await writeFile(file, program);
    const broken = createIssuer(pathToFileURL(file));
    await expect(
      broken.issueCertificateAuthority({ commonName: 'x', validityMs, now }),
    ).rejects.toThrow(message);
  });

  it('cannot be started is an error, and none later where it would be ended', async () => {
    const { execPath } = process;
    process.execPath = join(directory, 'no-node');
    try {
      const unstartable = createIssuer(PROGRAM, { idleMs: 1 });
      await expect(
        unstartable.issueCertificateAuthority({ commonName: 'x', validityMs, now }),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      process.execPath = execPath;
    }
  });

  it('is not there is an error', async () => {
    const missing = createIssuer(pathToFileURL(join(directory, 'missing.mjs')));
    await expect(
      missing.issueCertificateAuthority({ commonName: 'x', validityMs, now }),
    ).rejects.toThrow(/ended with exit code 1: [^]*missing.mjs/);
  });
});
