// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { manifestFiles } from './look-up.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'manifest-files-'));
  mkdirSync(join(directory, 'specs'));
  for (const name of ['some.YAML', 's.json', 'a.yml', 'notes.txt', '.hidden.yaml', 's p.yaml']) {
    writeFileSync(join(directory, name), '');
  }
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

it.each([
  ['', ['a.yml', 's.json', 'some.YAML', 'specs/']],
  ['s', ['s.json', 'some.YAML', 'specs/']],
  ['.h', ['.hidden.yaml']],
  ['specs/', []],
  ['missing/x', []],
])('offers for "%s" in a directory what may hold credential specs', async (typed, wanted) => {
  const found = await manifestFiles(`${directory}/${typed}`);
  expect(found.map(({ value }) => value.slice(directory.length + 1))).toEqual(wanted);
});
