// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { platform } from './cache.ts';
import { makeFakeGo, type FakeGo } from './fake-go.ts';
import { fetchedEarlier, fetchPrebuilt } from './prebuilt.ts';

const searchPath = process.env['PATH'];
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
});
afterEach(() => {
  process.env['PATH'] = searchPath;
  rmSync(root, { recursive: true });
});

function stored(version: string): string {
  return join(root, 'envtest', 'k8s', `${version}-${platform()}`);
}

describe('fetchedEarlier', () => {
  it('finds the newest patch release of the same minor', () => {
    for (const version of ['1.37.9', '1.37.10', '1.36.12', '1.38.0']) {
      mkdirSync(stored(version), { recursive: true });
    }

    expect(fetchedEarlier({ version: '1.37.2', exact: false, root })).toBe(stored('1.37.10'));
  });

  it('finds only that patch release when it was asked for', () => {
    mkdirSync(stored('1.37.9'), { recursive: true });

    expect(fetchedEarlier({ version: '1.37.2', exact: true, root })).toBeUndefined();
    expect(fetchedEarlier({ version: '1.37.9', exact: true, root })).toBe(stored('1.37.9'));
  });

  it('finds nothing where nothing was fetched yet', () => {
    expect(fetchedEarlier({ version: '1.37.2', exact: false, root })).toBeUndefined();
  });
});

describe('fetchPrebuilt', () => {
  let server: Server;
  let index: string;

  beforeEach(async () => {
    server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    index = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/index.yaml`;
  });
  afterEach(() => {
    server.close();
  });

  function useFakeGo(run: string): FakeGo {
    const fake = makeFakeGo(root, { run });
    process.env['PATH'] = `${fake.bin}:${searchPath ?? ''}`;
    return fake;
  }

  it('gives up at once, without a word, where the network does not reach the index', async () => {
    const fake = useFakeGo('exit 0');
    server.close();
    const lines: string[] = [];
    const request = { version: '1.37.2', exact: false, root, index };

    await expect(fetchPrebuilt(request, (line) => lines.push(line))).resolves.toBeUndefined();
    expect(fake.calls()).toEqual(['']);
    expect(lines).toEqual([]);
  });

  it('asks setup-envtest for the minor and returns what it fetched', async () => {
    const fake = useFakeGo(`mkdir -p k8s/1.37.1-${platform()}`);
    const request = { version: '1.37.2', exact: false, root, index };

    await expect(fetchPrebuilt(request, () => undefined)).resolves.toBe(stored('1.37.1'));
    expect(fake.calls()).toEqual([
      expect.stringMatching(
        /^run sigs\.k8s\.io\/controller-runtime\/tools\/setup-envtest@v\S+ use 1\.37\.x /,
      ),
    ]);
  });

  it('asks for exactly the patch release that was asked for', async () => {
    const fake = useFakeGo(`mkdir -p k8s/1.37.2-${platform()}`);
    const request = { version: '1.37.2', exact: true, root, index };

    await expect(fetchPrebuilt(request, () => undefined)).resolves.toBe(stored('1.37.2'));
    expect(fake.calls()).toEqual([expect.stringContaining(' use 1.37.2 ')]);
  });

  it('says why when setup-envtest fails, and leaves it to the build', async () => {
    useFakeGo('echo "unable to find a version" >&2; exit 2');
    const lines: string[] = [];
    const request = { version: '1.37.2', exact: false, root, index };

    await expect(fetchPrebuilt(request, (line) => lines.push(line))).resolves.toBeUndefined();
    expect(lines.at(-1)).toMatch(
      /^making prebuilt kube-apiserver, etcd and kubectl 1\.37\.x failed [^]*unable to find a version/,
    );
  });
});
