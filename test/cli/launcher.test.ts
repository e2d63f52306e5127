// SPDX-License-Identifier: Apache-2.0
// The programs that kubectl finds on the PATH, started by a Node.js that is too old for the plugin. This Node.js stands
// in for it, under another version.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const NEEDED = packageJson.engines.node.replace('>=', '');

/** Changes the version of a Node.js that is given it with `--import`. */
const as = (version: string): string =>
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function start(program: string, version: string, words: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', as(version), program, ...words],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

let copied: string;
beforeAll(async () => {
  copied = await mkdtemp(join(tmpdir(), 'gmsa-operator-launcher-'));
  await cp(DIST, join(copied, 'dist'), { recursive: true });
  await cp(join(DIST, '../package.json'), join(copied, 'package.json'));
});
afterAll(() => rm(copied, { recursive: true }));

describe.each(['20.20.2', '22.9.0', '22.18.9'])('with Node.js %s', (version) => {
  it('the plugin runs on the Node.js that `make build` installed', async () => {
    const program = join(DIST, 'kubectl-gmsa');
    expect(await start(program, version, ['--version'])).toEqual({
      code: 0,
      stdout: `kubectl gmsa ${packageJson.version}\n`,
      stderr: '',
    });
    expect((await start(program, version, ['lint'])).code).toBe(2);
  });

  it('completion runs on the Node.js that `make build` installed', async () => {
    const { stdout } = await start(join(DIST, 'kubectl_complete-gmsa'), version, ['expo']);
    expect(stdout).toMatch(/^export\t/);
  });

  it('the plugin says which Node.js it needs where none is installed', async () => {
    const { code, stdout, stderr } = await start(join(copied, 'dist/kubectl-gmsa'), version, []);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(`kubectl-gmsa needs Node.js ${NEEDED} or newer`);
  });
});

it.each([NEEDED, '22.20.0', '24.0.0', '100.0.0'])('Node.js %s runs the plugin', async (version) => {
  const program = join(copied, 'dist/kubectl-gmsa');
  expect(await start(program, version, ['--version'])).toMatchObject({ code: 0 });
});
