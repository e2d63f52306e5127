// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inAssets, lookUp, type Place, provide } from './binaries.ts';
import { cacheRoot, platform, programDirectory } from './cache.ts';
import { type Program, sourceOf } from './programs.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const source = sourceOf('etcd', '1.37.2');
const nowhere: Place = () => undefined;

describe('lookUp', () => {
  it('takes the first place that has the program, and does not ask the ones after it', async () => {
    const asked: string[] = [];
    const place =
      (name: string, path: string | undefined): Place =>
      () => {
        asked.push(name);
        return path;
      };

    const path = await lookUp(source, [
      place('assets', undefined),
      place('cache', '/cache/etcd'),
      place('prebuilt', '/prebuilt/etcd'),
      place('build', '/built/etcd'),
    ]);

    expect(path).toBe('/cache/etcd');
    expect(asked).toEqual(['assets', 'cache']);
  });

  it('says what to install when no place has it', async () => {
    await expect(lookUp(source, [nowhere, nowhere])).rejects.toThrow(
      /^etcd 3\.7\.3 is not on this machine .* install Go 1\.26 or newer .* or set KUBEBUILDER_ASSETS/,
    );
  });

  it('passes on why a build failed', async () => {
    const failing: Place = () => Promise.reject(new Error('no space left on device'));

    await expect(lookUp(source, [nowhere, failing])).rejects.toThrow('no space left on device');
  });
});

describe('inAssets', () => {
  it('has the programs that lie there', () => {
    writeFileSync(join(directory, 'etcd'), '');
    const place = inAssets(directory, undefined, '1.37.2', () => undefined);

    expect(place(source)).toBe(join(directory, 'etcd'));
    expect(place(sourceOf('kubectl', '1.37.2'))).toBeUndefined();
  });

  it('counts with any patch release of the version that was asked for', () => {
    writeFileSync(join(directory, 'etcd'), '');
    const place = inAssets(directory, '1.37.0', '1.37.2', () => undefined);

    expect(place(source)).toBe(join(directory, 'etcd'));
  });

  it('is passed over, with a line that says so, when another minor was asked for', () => {
    writeFileSync(join(directory, 'etcd'), '');
    const lines: string[] = [];
    const place = inAssets(directory, '1.36.0', '1.37.2', (line) => lines.push(line));

    expect(place(source)).toBeUndefined();
    expect(lines).toEqual([
      'KUBEBUILDER_ASSETS holds Kubernetes 1.36.0: not used, 1.37.2 was asked for',
    ]);
  });
});

describe('provide', () => {
  const noLog = (): void => undefined;

  function cached(program: Program, kubernetesVersion: string, files: readonly string[]): string {
    const env = { GMSA_OPERATOR_CACHE: directory };
    const target = programDirectory(cacheRoot(env), sourceOf(program, kubernetesVersion));
    mkdirSync(target, { recursive: true });
    for (const file of files) writeFileSync(join(target, file), '');
    return join(target, program);
  }

  it('finds what is in the cache, under the version that was asked for', async () => {
    const kubectl = cached('kubectl', '1.36.3', ['kubectl']);
    cached('kubectl', '1.37.2', ['kubectl']);
    const env = { GMSA_OPERATOR_CACHE: directory, KUBERNETES_VERSION: '1.36' };

    await expect(provide(['kubectl'], { env, log: noLog })).resolves.toEqual({ kubectl });
  });

  it('prefers the version given in code to $KUBERNETES_VERSION', async () => {
    cached('kubectl', '1.36.3', ['kubectl']);
    const kubectl = cached('kubectl', '1.35.4', ['kubectl']);
    const env = { GMSA_OPERATOR_CACHE: directory, KUBERNETES_VERSION: '1.36' };
    const options = { env, kubernetesVersion: '1.35', log: noLog };

    await expect(provide(['kubectl'], options)).resolves.toEqual({ kubectl });
  });

  it('prefers KUBEBUILDER_ASSETS to the cache, and takes the rest in its version', async () => {
    const assets = join(directory, 'assets');
    mkdirSync(assets);
    const apiServer = join(assets, 'kube-apiserver');
    writeFileSync(apiServer, '#!/bin/sh\necho Kubernetes v1.36.0\n', { mode: 0o755 });
    cached('kube-apiserver', '1.36.0', ['kube-apiserver']);
    const scheduler = cached('kube-scheduler', '1.36.0', ['kube-scheduler']);
    const env = { GMSA_OPERATOR_CACHE: directory, KUBEBUILDER_ASSETS: assets };

    await expect(
      provide(['kube-apiserver', 'kube-scheduler'], { env, log: noLog }),
    ).resolves.toEqual({ 'kube-apiserver': apiServer, 'kube-scheduler': scheduler });
  });

  it('takes prebuilt programs that were fetched earlier, the newest patch release', async () => {
    for (const version of ['1.37.9', '1.37.10', '1.36.12']) {
      const store = join(directory, 'control-plane/envtest/k8s', `${version}-${platform()}`);
      mkdirSync(store, { recursive: true });
      writeFileSync(join(store, 'kubectl'), '');
    }
    const env = { GMSA_OPERATOR_CACHE: directory };

    const { kubectl } = await provide(['kubectl'], { env, log: noLog });

    expect(kubectl).toContain(`1.37.10-${platform()}`);
  });
});
