// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { measureJson } from './json-structure.ts';

describe('measureJson', () => {
  it.each([
    ['"text"', { values: 1, names: 0, depth: 0 }],
    ['{}', { values: 1, names: 0, depth: 1 }],
    ['[ \n{\t} ]', { values: 2, names: 0, depth: 2 }],
    ['[""]', { values: 2, names: 0, depth: 1 }],
    ['[1,2,3]', { values: 4, names: 0, depth: 1 }],
    ['{"a":{"b":[true,null]}}', { values: 5, names: 2, depth: 3 }],
    ['[[],[],{}]', { values: 4, names: 0, depth: 2 }],
    ['[{"a":1,"b":"a"},{"a" : 2}]', { values: 6, names: 2, depth: 2 }],
    // Nothing within a string counts, not even after an escaped quote or a backslash that is escaped itself.
    [String.raw`["a,[{\",[{:","\\",1]`, { values: 4, names: 0, depth: 1 }],
    // No JSON, and measured all the same.
    ['', { values: 1, names: 0, depth: 0 }],
    [']]]][', { values: 2, names: 0, depth: 0 }],
    ['[}', { values: 1, names: 0, depth: 1 }],
    ['[[[[', { values: 5, names: 0, depth: 4 }],
    ['"never ends [[[', { values: 1, names: 0, depth: 0 }],
  ])('measures %s', (text, structure) => {
    expect(measureJson(Buffer.from(text))).toEqual(structure);
  });

  it('tells thousands of names apart', () => {
    const members = Array.from({ length: 10_000 }, (_, i) => `"k${i.toString(36)}":1`);
    const text = Buffer.from(`[${members.map((member) => `{${member}}`).join(',')}]`);
    const { names } = measureJson(text);
    expect(names).toBeGreaterThan(9_000);
    expect(names).toBeLessThanOrEqual(10_000);
  });

  it('counts the values that a parser makes', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, indentation) => {
        const json = JSON.stringify(JSON.parse(text), undefined, indentation);
        let made = 0;
        JSON.parse(json, (_name, value: unknown) => {
          made += 1;
          return value;
        });
        expect(measureJson(Buffer.from(json)).values).toBe(made);
      }),
    );
  });
});
