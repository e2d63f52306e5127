// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { valuesOf } from './chart-values.ts';

describe("the chart's values.schema.json", () => {
  it('knows exactly the values that there are', async () => {
    const paths = valuesOf(await readFile('charts/gmsa-operator/values.yaml', 'utf8')).map(
      ({ path }) => path,
    );
    const schema = JSON.parse(
      await readFile('charts/gmsa-operator/values.schema.json', 'utf8'),
    ) as Schema;
    // `global` is there for charts that this one is a part of.
    expect([...pathsIn(schema, new Set(paths))].sort()).toEqual(['global', ...paths].sort());
  });

  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
  }

  /** Down to the values that have a description of their own. */
  function* pathsIn(
    { properties = {} }: Schema,
    described: ReadonlySet<string>,
    parent = '',
  ): Generator<string> {
    for (const [name, schema] of Object.entries(properties)) {
      const path = `${parent}${name}`;
      if (described.has(path) || schema.properties === undefined) yield path;
      else yield* pathsIn(schema, described, `${path}.`);
    }
  }
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
