// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseSource } from './source.ts';

const YAML = `# first
metadata:
  name: x
  annotations: &a
    b: c
list:
  - one
  - two: 2
again: *a
---
---
second: 1
`;

function lines(text: string, paths: readonly (readonly (number | string)[])[], at = 0): number[] {
  const source = parseSource(text, 'yaml');
  if ('problem' in source) throw new Error(source.problem.message);
  return paths.map((path) => source.documents[at]?.lineOf(path) ?? -1);
}

describe('parseSource', () => {
  it('knows the lines of fields, items and what aliases stand for', () => {
    const paths = [[], ['metadata', 'name'], ['list', 1], ['list', 1, 'two'], ['again', 'b']];
    expect(lines(YAML, paths)).toEqual([2, 3, 8, 8, 5]);
  });

  it('knows the line around what is missing', () => {
    expect(lines(YAML, [['metadata', 'labels', 'x'], ['list', 7], ['nothing']])).toEqual([2, 6, 2]);
  });

  it('leaves empty documents out and goes on counting', () => {
    expect(lines(YAML, [['second']], 1)).toEqual([12]);
  });

  it('knows the lines of JSON that is indented by tabs', () => {
    expect(lines('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', [['a', 'b']])).toEqual([3]);
  });

  it('reads YAML as kubectl does', () => {
    const source = parseSource(
      'a: NO\nb: 2020-01-01\nc: 1:30\nd: &x {e: 1}\nf: {<<: *x}\n',
      'yaml',
    );
    expect('documents' in source && source.documents[0]?.value).toEqual({
      ...{ a: false, b: '2020-01-01', c: '1:30', d: { e: 1 }, f: { e: 1 } },
    });
  });

  it.each([
    ['yaml', 'a: 1\nb: [\n', 3, /not valid YAML/],
    ['yaml', 'a: 1\na: 2\n', 2, /Map keys must be unique/],
    ['json', '{"a": 1,\n"b" 2}', 2, /not valid JSON: a colon/],
    ['json', '{"a":\n', 1, /ends before the JSON does/],
    ['json', '{"a": 1,}', 1, /not valid JSON: a comma/],
    ['yaml', 'a: &a [x,x]\nb: &b [*a,*a]\n'.repeat(1) + bomb(), 1, /Excessive alias count/],
    ['yaml', merges(), 1, /Excessive alias count/],
    ['yaml', 'a: 1\nb: &b\n  - *b\n', 3, /within its own anchor/],
    ['yaml', '- &a x\n- *b\n', 2, /has no anchor/],
    ['yaml', '- &a x\n- *a\n'.repeat(5_001), 10_001, /Too many anchors/],
    ['yaml', 'a:\n  - b: 1\n    c: {d: 1,\n     e: 1, "d": 2}\na: 2\n', 4, /keys must be unique/],
    ['json', '{"a": {\n"b": 1,\n"b": 2}}', 3, /keys must be unique/],
    ['yaml', '--- a\n'.repeat(10_001), 1, /more than 10000 documents/],
    ['yaml', '%A\n'.repeat(10_001), 1, /more than 10000 documents/],
    ['yaml', '{"a": 1}\n{"b": 2}', 2, /goes on after the end of the first value/],
    ['yaml', '['.repeat(1_000_000), 1, /nested too deeply/],
    ['yaml', '- '.repeat(1_000_000), 1, /nested too deeply/],
  ] as const)('tells what is wrong with %s %#', (syntax, text, line, message) => {
    const source = parseSource(text, syntax);
    if (!('problem' in source)) throw new Error('it was read');
    expect(source.problem.line).toBe(line);
    expect(source.problem.message).toMatch(message);
    expect(source.problem.message.length).toBeLessThan(200);
  });

  it.each([
    ['json', '{\r\n  "Guid": <guid>,\r\n  "b": 1\r\n}', 2, 11],
    ['json', '{"a": {"b": 1, "b": 2}}', 1, 16],
    ['json', '['.repeat(1_001), 1, 1_001],
    ['yaml', 'a: 1\nb: *x\n', 2, 4],
    ['yaml', 'a:\n  b: 1\n  b: 2\n', 3, 3],
    ['yaml', '{"a": 1,\n "b": "c" "x"}', 2, 11],
  ] as const)('tells the column in %s %#', (syntax, text, line, column) => {
    expect(parseSource(text, syntax)).toMatchObject({ problem: { line, column } });
  });

  it('merges more than once, and reads a set as the map that it is in JSON', () => {
    const source = parseSource(
      'a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: *a, <<: *b}\nd: !!set {e}\n',
      'yaml',
    );
    expect('documents' in source && source.documents[0]?.value).toMatchObject({
      ...{ c: { x: 1 }, d: { e: null } },
    });
  });

  it('takes as long for one map of many keys as for many maps of one', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`);
    const many = timeToParse(keys.map((key) => `- ${key}`).join(''));
    // Comparing each key with each other takes more than ten times as long.
    expect(timeToParse(keys.join(''))).toBeLessThan(Math.max(1000, 5 * many));
  });

  function timeToParse(text: string): number {
    const start = performance.now();
    expect(parseSource(text, 'yaml')).toHaveProperty('documents');
    return performance.now() - start;
  }

  it('does not show what stands in a file that it cannot read', () => {
    const source = parseSource('{"PluginInput": "secret" "x"}', 'json');
    expect(JSON.stringify(source)).not.toContain('secret');
  });

  /** Forty levels, each twice the one before. */
  function merges(): string {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `l${i + 1}: &l${i + 1} {<<: [*l${i}, *l${i}]}\n`,
    );
    return `l0: &l0 {k: v}\n${levels.join('')}`;
  }

  /** Ten levels, each ten times the one before. */
  function bomb(): string {
    const levels = Array.from({ length: 10 }, (_, i) => {
      const before = i === 0 ? 'x' : `*l${i - 1}`;
      return `l${i}: &l${i} [${Array.from({ length: 10 }, () => before).join(',')}]\n`;
    });
    return levels.join('');
  }
});
