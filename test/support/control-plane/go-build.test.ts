// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { platform, programDirectory } from './cache.ts';
import { makeFakeGo, type FakeGo } from './fake-go.ts';
import { buildProgram } from './go-build.ts';
import { waitFor } from '../wait-for.ts';
import { sourceOf } from './programs.ts';
import { isRunning } from './is-running.ts';

// They start processes, on machines that may be busy.
jest.setTimeout(30_000);

const source = sourceOf('etcd', '1.37.2');
const searchPath = process.env['PATH'];
const noLog = (): void => undefined;
let directory: string;
let root: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
  root = join(directory, 'cache');
});
afterEach(() => {
  process.env['PATH'] = searchPath;
  rmSync(directory, { recursive: true });
});

function useFakeGo(build: string): FakeGo {
  const fake = makeFakeGo(directory, { build });
  process.env['PATH'] = `${fake.bin}:${searchPath ?? ''}`;
  return fake;
}

describe('buildProgram', () => {
  it('installs the program under its version and leaves nothing else in the cache', async () => {
    useFakeGo('echo program > "$out"');

    const path = await buildProgram(source, root, noLog);

    expect(path).toBe(join(programDirectory(root, source), 'etcd'));
    expect(readFileSync(path, 'utf8')).toBe('program\n');
    expect(readdirSync(root)).toEqual([`etcd-3.7.3-${platform()}`]);
  });

  it('builds statically, without paths of this machine, and links the version in', async () => {
    const fake = useFakeGo('echo program > "$out"');

    await buildProgram(sourceOf('kube-apiserver', '1.36.3'), root, noLog);

    const build = fake.calls().find((call) => call.startsWith('build'));
    expect(build).toContain('-trimpath');
    expect(build).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3');
    expect(build).toContain('-X k8s.io/component-base/version.gitMinor=36');
    expect(build).toMatch(/ k8s\.io\/kubernetes\/cmd\/kube-apiserver$/);
  });

  it("gathers kwok's stages beside it", async () => {
    useFakeGo('echo program > "$out"');

    const path = await buildProgram(sourceOf('kwok', '1.37.2'), root, noLog);

    expect(readFileSync(join(path, '../stages.yaml'), 'utf8')).toBe(
      'kind: Stage # node/fast\n---\nkind: Stage # node/heartbeat-with-lease\n---\nkind: Stage # pod/fast\n',
    );
  });

  it('fails with the last lines of the build and keeps its log', async () => {
    useFakeGo('echo "k8s.io/x: cannot find module"; echo half > "$out"; exit 3');

    const failure = await buildProgram(source, root, noLog).then(String, String);

    expect(failure).toMatch(/making etcd 3\.7\.3 failed \(go: exit code 3\)/);
    expect(failure).toContain('  k8s.io/x: cannot find module');
    const log = /The whole log: (.*)$/m.exec(failure)?.[1] ?? '';
    expect(readFileSync(log, 'utf8')).toContain('cannot find module');
    expect(existsSync(programDirectory(root, source))).toBe(false);
  });

  it('clears away what an earlier failure left, incomplete programs too', async () => {
    useFakeGo('echo program > "$out"');
    mkdirSync(join(root, '.making-etcd-3.7.3-abc'), { recursive: true });
    mkdirSync(programDirectory(root, source));
    writeFileSync(join(programDirectory(root, source), 'other'), '');

    await buildProgram(source, root, noLog);

    expect(readdirSync(root)).toHaveLength(1);
    expect(readdirSync(programDirectory(root, source))).toEqual(['etcd']);
  });

  it('builds once for two that want the same program at the same time', async () => {
    const fake = useFakeGo('sleep 1; echo program > "$out"');
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);

    const paths = await Promise.all([
      buildProgram(source, root, log),
      buildProgram(source, root, log),
    ]);

    expect(paths[0]).toBe(paths[1]);
    expect(fake.calls().filter((call) => call.startsWith('build'))).toHaveLength(1);
    expect(lines).toContain(
      `waiting for etcd 3.7.3, which process ${String(process.pid)} is making`,
    );
  });

  it('ends the build and removes its directory when the builder is killed', async () => {
    const pidFile = join(directory, 'pid');
    useFakeGo(`echo half > "$out"; echo $$ > '${pidFile}'; sleep 600`);
    const module = join(import.meta.dirname, 'go-build.ts');
    const script = `
      const { buildProgram } = await import(${JSON.stringify(module)});
      await buildProgram(${JSON.stringify(source)}, ${JSON.stringify(root)}, () => undefined);
    `;
    const builder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      // Jest's own process.env is not what a child gets by itself.
      env: process.env,
    });
    const build = await waitFor(
      'the build to run',
      () => Number(readFileSync(pidFile, 'utf8')) || undefined,
    );

    builder.kill('SIGKILL');

    await waitFor('the build to end', () => !isRunning(build));
    await waitFor('its directory to go', () =>
      readdirSync(root).every((entry) => entry.endsWith('.lock')),
    );
    rmSync(join(directory, 'bin'), { recursive: true });
    useFakeGo('echo program > "$out"');
    await expect(buildProgram(source, root, noLog)).resolves.toMatch(/etcd$/);
  });
});
