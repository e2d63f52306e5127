// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from './lock.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
  file = join(directory, 'a.lock');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const ignoreWait = (): void => undefined;

describe('withLock', () => {
  it('names its holder while it is held, and leaves nothing behind', async () => {
    const holder = await withLock(file, ignoreWait, () =>
      Promise.resolve(readFileSync(file, 'utf8')),
    );

    expect(holder).toBe(String(process.pid));
    expect(readdirSync(directory)).toEqual([]);
  });

  it('lets one in at a time and tells the other whom it waits for', async () => {
    const events: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const one = withLock(file, ignoreWait, async () => {
      events.push('one in');
      await first.promise;
      events.push('one out');
    });
    const two = withLock(
      file,
      (holder) => {
        events.push(`two waits for ${String(holder)}`);
        first.resolve(undefined);
      },
      () => {
        events.push('two in');
        return Promise.resolve();
      },
    );
    await Promise.all([one, two]);

    expect(events).toEqual(['one in', `two waits for ${String(process.pid)}`, 'one out', 'two in']);
  });

  it('is free again after the action threw', async () => {
    const failing = withLock(file, ignoreWait, () => Promise.reject(new Error('broken')));

    await expect(failing).rejects.toThrow('broken');
    expect(existsSync(file)).toBe(false);
  });

  it('takes over the lock of a dead process at once', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(file, String(pid));
    const waitedFor: number[] = [];

    await withLock(
      file,
      (holder) => waitedFor.push(holder),
      () => Promise.resolve(),
    );

    expect(waitedFor).toEqual([]);
  });

  it('takes over a lock that nobody has touched for long, whoever has its process id now', async () => {
    writeFileSync(file, String(process.pid));
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);

    await expect(withLock(file, ignoreWait, () => Promise.resolve('in'))).resolves.toBe('in');
  });
});
