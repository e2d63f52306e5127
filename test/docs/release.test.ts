// SPDX-License-Identifier: Apache-2.0
// The version is in package.json. Wherever else it has to stand, it is the same; and what the documents
// tell to run is there.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const read = (path: string): Promise<string> => readFile(join(PROJECT, path), 'utf8');

const { version } = packageJson;

describe('the version of package.json', () => {
  it('is that of the lock file', async () => {
    const lock = JSON.parse(await read('package-lock.json')) as Lock;
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  });

  it('is that of the chart, and of the program that it installs', async () => {
    const chart: unknown = parse(await read('charts/gmsa-operator/Chart.yaml'));
    expect(chart).toMatchObject({ version, appVersion: version });
  });

  it('is that of the image in the plain manifests', async () => {
    const images = (await read('config/manager/deployment.yaml')).match(/ image: .*/g);
    expect(images).toEqual([expect.stringMatching(new RegExp(`:${version}$`))]);
  });

  it('is the newest release in CHANGELOG.md, or still to be released', async () => {
    const [newest] = (await read('CHANGELOG.md')).match(/(?<=^## \[?)[\w.]+/gm) ?? [];
    expect(['Unreleased', version]).toContain(newest);
  });
});

it('every make target that a document names exists', async () => {
  const targets = new Set(
    [...(await read('Makefile')).matchAll(/^([a-z-]+):/gm)].map(([, t]) => t),
  );
  const missing: string[] = [];
  for await (const file of glob(['*.md', 'docs/**/*.md', 'charts/**/*.md'], { cwd: PROJECT })) {
    // As a command of its own: remedies may begin with the word.
    const command = /(?:`|^)make ([a-z-]+)(?: [A-Z_]+=\S+)*(?:`|$| +#)/gm;
    for (const [, target = ''] of (await read(file)).matchAll(command)) {
      if (!targets.has(target)) missing.push(`${file}: make ${target}`);
    }
  }
  expect(missing).toEqual([]);
});

/** package-lock.json, as far as it is looked at here. */
interface Lock {
  readonly version: string;
  readonly packages: { readonly '': { readonly version: string } };
}
