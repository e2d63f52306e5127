// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { isAmbiguous } from './ambiguous-text.ts';
import { yamlText } from './yaml-text.ts';

/** Text that some parser reads as something else, by what that is. */
const AMBIGUOUS: Readonly<Record<string, readonly string[]>> = {
  'octal numbers': ['0o17', '0O17', '-0o17', '017', '0_17', '0o1_7'],
  'hexadecimal numbers': ['0x1F', '0X1f', '-0x1F', '0x_1F', '0x1p4'],
  'binary numbers': ['0b101', '0B101', '+0b1'],
  'decimal numbers': ['7', '-7', '+7', '1_000', '+_1', '1,000', '00', '9'.repeat(30)],
  fractions: ['1.5', '.5', '5.', '-.5', '1_0.5', '1e3', '1E+3', '1.5e-3', '.5e3'],
  'base sixty': ['12:30:45', '1:30', '-1:30', '190:20:30.15'],
  'no numbers': ['.inf', '-.INF', '+.Inf', '.nan', '.NaN'],
  booleans: [
    'y',
    'Y',
    'n',
    'N',
    'yes',
    'Yes',
    'no',
    'NO',
    'on',
    'ON',
    'off',
    'Off',
    'true',
    'FALSE',
  ],
  nothing: ['~', 'null', 'Null', 'NULL', ''],
  times: ['2026-11-25', '2026-1-2', '2026-11-25T03:00:00Z', '2026-11-25 03:00:00 +1'],
  operators: ['=', '<<'],
  syntax: [
    '-',
    '?',
    '- a',
    'a: b',
    'a #b',
    '#a',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '[a',
    '{a',
  ],
  'white space': [' a', 'a ', 'a\tb: c'],
};

const PLAIN = [
  ...['WebApp01', 'contoso.com', 'CONTOSO', 'S-1-5-21-1-2-3', 'windows.k8s.io/v1', 'shop/web'],
  ...['244818ae-87ac-4fcd-92ec-e79e5252348a', '0d0b0cd8-f1fd-4b6b-8f9f-d9cbee1ca3f4'],
  ...['north', 'yesterday', 'inf', '1password', 'x0', '7z', 'a=b'],
];

describe('yamlText', () => {
  const ambiguous = Object.entries(AMBIGUOUS).flatMap(([kind, texts]) =>
    texts.map((text) => [kind, text] as const),
  );

  it.each(ambiguous)('quotes %s: %j', (_, text) => {
    const yaml = yamlText({ value: text, [text]: 'key', list: [text] });
    expect(yaml).toMatch(/^value: (['"]).*\1$/m);
    expect(yaml).toMatch(/^(['"]).*\1: key$/m);
    expect(yaml).toMatch(/^ {2}- (['"]).*\1$/m);
    for (const version of ['1.1', '1.2'] as const) {
      expect(parse(yaml, { version })).toEqual({ value: text, [text]: 'key', list: [text] });
    }
  });

  it.each(PLAIN)('leaves %j as it is', (text) => {
    expect(isAmbiguous(text)).toBe(false);
    expect(yamlText({ value: text })).toBe(`value: ${text}\n`);
  });

  it('writes no quotes around what is not text', () => {
    expect(yamlText({ a: 1, b: true, c: null })).toBe('a: 1\nb: true\nc: null\n');
  });

  it('writes what it meets twice twice, and no anchor', () => {
    const shared = { name: 'x', list: ['y'] };
    const yaml = yamlText({ first: shared, second: shared, third: [shared, shared.list] });
    expect(yaml).not.toMatch(/[&*]/);
    expect(parse(yaml)).toEqual({ first: shared, second: shared, third: [shared, shared.list] });
  });

  it.each([
    ['an escape', '\u001b[2J', '\\u001b[2J', '\\e[2J'],
    ['C1', 'a\u009b2J', 'a\\u009b2J'],
    ['a line end that only some know', 'a\u0085b\u2028c', 'a\\u0085b\\u2028c', 'a\\Nb\\Lc'],
    ['a change of direction', 'a\u202eb\u2066c\u200fd', 'a\\u202eb\\u2066c\\u200fd'],
    ['invisible characters', 'a\u200bb\u{e0041}c', 'a\\u200bb\\U000e0041c'],
    ['half a pair', 'a\ud800b', 'a\\ud800b'],
  ])('escapes %s in values and keys', (_, text, ...escaped) => {
    const yaml = yamlText({ [text]: [text, `${text}\nsecond line`] });
    expect(yaml).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(escaped.some((form) => yaml.startsWith(`"${form}":`))).toBe(true);
    for (const version of ['1.1', '1.2'] as const) {
      expect(parse(yaml, { version })).toEqual({ [text]: [text, `${text}\nsecond line`] });
    }
  });

  it('keeps text of several lines in a block', () => {
    expect(yamlText({ a: 'b/c\nd/e\n' })).toBe('a: |\n  b/c\n  d/e\n');
  });
});
