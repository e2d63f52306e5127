// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../kube/testing/fake-clock.ts';
import { createRecordingLogger } from '../kube/testing/recording-logger.ts';
import { foreignPair } from '../pki/testing/certificates.ts';
import { CLIENT_CA_INTERVAL_MS, openClientCa } from './client-ca.ts';

const { certificate: one } = await foreignPair({ commonName: 'one', isAuthority: true });
const { certificate: two } = await foreignPair({ commonName: 'two', isAuthority: true });

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-client-ca-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function write(text: string): Promise<string> {
  const file = join(directory, 'ca.crt');
  await writeFile(file, text);
  return file;
}

/** A file that is followed: what it was used for, and what was logged. */
async function following(file: string) {
  const clock = createFakeClock();
  const log = createRecordingLogger();
  const stop = new AbortController();
  const used: string[] = [];
  const { bundle, follow } = await openClientCa(file, log, clock);
  const followed = follow((next) => {
    if (next.includes('refuse me')) throw new Error('cannot be taken');
    used.push(next);
  }, stop.signal);
  return {
    bundle,
    used,
    errors: () => log.lines.filter(({ level }) => level === 'error'),
    /** Turns the clock until the file has been read again. */
    async readAgain(): Promise<void> {
      await clock.advance(CLIENT_CA_INTERVAL_MS);
      // Reading a file takes turns of the event loop that no clock counts.
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async stop(): Promise<void> {
      stop.abort();
      await followed;
    },
  };
}

describe('openClientCa', () => {
  it('says whose certificates are accepted, and until when', async () => {
    const log = createRecordingLogger();
    const { bundle } = await openClientCa(await write(`# of ours\n${one}${two}`), log);
    expect(bundle).toContain(two);
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        fields: {
          authorities: expect.stringMatching(/^CN=one until .* GMT; CN=two until .* GMT$/),
        },
      },
    ]);
  });

  it.each([
    ['is empty', ''],
    ['holds no certificate', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['holds a certificate that is cut off', one + two.slice(0, 200)],
    [
      'holds rubbish after a certificate',
      `${one}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ],
  ])('refuses a file that %s, by the name of the flag', async (_what, text) => {
    const file = await write(text);
    await expect(openClientCa(file, createRecordingLogger())).rejects.toThrow(
      `--webhook-client-ca: give a PEM file with the CAs of your API servers' client certificates; "${file}" cannot be used`,
    );
  });

  it('refuses a file that is not there, and a directory', async () => {
    for (const [file, code] of [
      [join(directory, 'nowhere'), 'ENOENT'],
      [directory, 'EISDIR'],
    ] as const) {
      await expect(openClientCa(file, createRecordingLogger())).rejects.toMatchObject({
        message: expect.stringContaining('--webhook-client-ca: ') as unknown,
        cause: { code },
      });
    }
  });
});

describe('a client CA that is followed', () => {
  it('is used anew when the file has changed, and only then', async () => {
    const followed = await following(await write(one));
    await followed.readAgain();
    expect(followed.used).toEqual([]);
    await write(two);
    await followed.readAgain();
    await followed.readAgain();
    expect(followed.used).toEqual([two]);
    await followed.stop();
  });

  it('is used anew when Kubernetes exchanges a mounted Secret', async () => {
    const version = async (name: string, text: string): Promise<void> => {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, 'ca.crt'), text);
      await symlink(name, join(directory, 'next'));
      await rename(join(directory, 'next'), join(directory, '..data'));
    };
    await version('..1', one);
    await symlink(join('..data', 'ca.crt'), join(directory, 'ca.crt'));
    const followed = await following(join(directory, 'ca.crt'));
    await version('..2', two);
    await followed.readAgain();
    expect(followed.used).toEqual([two]);
    await followed.stop();
  });

  it.each([
    ['is removed', (file: string) => rm(file)],
    ['is emptied', (file: string) => writeFile(file, '')],
    ['is cut off', (file: string) => writeFile(file, one + two.slice(0, 300))],
    ['holds what the server refuses', (file: string) => writeFile(file, `${two}refuse me`)],
  ])('stays when the file %s, which is logged once, and goes on', async (_what, spoil) => {
    const file = await write(one);
    const followed = await following(file);
    await spoil(file);
    await followed.readAgain();
    await followed.readAgain();
    expect(followed.used).toEqual([]);
    expect(followed.errors()).toMatchObject([
      { message: 'The client CAs of the webhooks stay as they were' },
    ]);
    await write(two);
    await followed.readAgain();
    expect(followed.used).toEqual([two]);
    await followed.stop();
  });
});
