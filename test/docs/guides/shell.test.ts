// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onlyAsks } from './only-asks.ts';
import { createShell, type Shell } from './shell.ts';
import { steady } from './steady.ts';

let directory: string;
let shell: Shell;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-shell-'));
  shell = createShell(directory, { PATH: process.env['PATH'] });
});

afterAll(() => rm(directory, { recursive: true }));

describe('a script', () => {
  it('has what the one before has exported, and its files', async () => {
    await shell.run('export GIVEN="a b"\nNOT_GIVEN=1\ntouch there');
    expect(await shell.run('echo "$GIVEN${NOT_GIVEN:-}"; ls')).toEqual({
      code: 0,
      output: 'a b\nthere\n',
    });
  });

  it('ends with the first command that fails, in a pipe, too', async () => {
    expect(await shell.run('echo one >&2\n(exit 3) | cat\necho two')).toEqual({
      code: 3,
      output: 'one\n',
    });
  });

  it('that would go on for ever is ended by Ctrl-C', async () => {
    const program = "trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.1; done";
    expect(await shell.run(`bash -c "${program}"`, { interruptAt: /ready/ })).toEqual({
      code: 0,
      output: 'ready\nbye\n',
    });
  });
});

it.each([
  ['kubectl get pods\nkubectl gmsa doctor   # all of it\n', true],
  ['kubectl get secret a --output yaml |\n  base64 --decode | openssl x509', true],
  ['kubectl gmsa can-use a b/c\nkubectl gmsa allow a b/c', false],
  ['kubectl wait --for=condition=Ready a/b', false],
])('whether a script only asks: %j %s', (script, expected) => {
  expect(onlyAsks(script)).toBe(expected);
});

it.each([
  ['a   True   3s\n', 'a  True  14m2s'],
  ['web-6d4cf56db6-x7k2p   Running', 'web-7f58d9c6b4-abcde      Running'],
  ['until 2026-01-02T03:04:05Z', 'until 2027-11-12T13:14:15.123Z'],
])('is the same in the end: %j and %j', (one, other) => {
  expect(steady(one)).toBe(steady(other));
});
