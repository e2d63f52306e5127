// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { README_FILE, VALUES_FILE, valuesOf, withValues } from './chart-readme.ts';

describe("the chart's README.md", () => {
  it('is what `make chart-readme` writes', async () => {
    const readme = await readFile(README_FILE, 'utf8');
    const values = valuesOf(await readFile(VALUES_FILE, 'utf8'));
    expect(values.length).toBeGreaterThan(40);
    expect(await withValues(readme, values)).toBe(readme);
  });
});

describe('valuesOf', () => {
  it('takes descriptions from comments, of the first value of a map, too', () => {
    const yaml = `# About the file.

# -- How many.
count: 2
image:
  # -- Where it is,
  # in two lines.
  repository: a
  # Not for the reader.
  # -- Its tag.
  tag: ''
# -- All of them, and what is in them is not told.
labels:
  a: b
`;
    expect(valuesOf(yaml)).toEqual([
      { path: 'count', description: 'How many.', default: '2' },
      { path: 'image.repository', description: 'Where it is, in two lines.', default: '"a"' },
      { path: 'image.tag', description: 'Its tag.', default: '""' },
      {
        path: 'labels',
        description: 'All of them, and what is in them is not told.',
        default: '{"a":"b"}',
      },
    ]);
  });

  it('tells of a value without a description', () => {
    expect(() => valuesOf('a:\n  b: 1\n')).toThrow(
      'values.yaml: a.b lacks a comment that begins with `--`',
    );
  });
});
