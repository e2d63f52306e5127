// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, MAX_JSON_DEPTH, NotCanonicalError } from './canonical-json.ts';

const vectors = readFileSync('test/support/fixtures/canonical-json/vectors.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as [input: string, output: string]);

describe('canonicalJson', () => {
  it('has enough vectors from Go to compare with', () => {
    expect(vectors.length).toBe(400);
  });

  it.each(vectors)('writes %s as Go does', (input, output) => {
    expect(canonicalJson(JSON.parse(input))).toBe(output);
  });

  it('writes JSON that is read back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.integer()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
  });

  it('sorts keys by code point, where UTF-16 has another order', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 20 }),
        (keys) => {
          const json = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
          const order = [...json.matchAll(/("(?:[^"\\]|\\.)*"):0/g)].map(
            ([, key]) => JSON.parse(key ?? '') as string,
          );
          const codePoints = order.map((key) => Array.from(key, (c) => c.codePointAt(0) ?? 0));
          expect(order).toHaveLength(keys.length);
          expect(codePoints.toSorted(compareLists)).toEqual(codePoints);
        },
      ),
    );
  });

  it('leaves out properties that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('writes a key __proto__ like any other', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  it('writes a megabyte', () => {
    const long = '<'.repeat(1 << 20);
    expect(canonicalJson([long])).toHaveLength(6 * (1 << 20) + 4);
  });

  it('takes as many levels as it says and names the limit beyond', () => {
    const deepest = JSON.parse('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)) as unknown;
    expect(canonicalJson(deepest)).toHaveLength(2 * MAX_JSON_DEPTH);
    expect(() => canonicalJson([deepest])).toThrow(NotCanonicalError);
    expect(() => canonicalJson({ a: deepest })).toThrow(/more than 1000 levels/);
  });

  it('refuses a value that contains itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => canonicalJson(loop)).toThrow(NotCanonicalError);
  });

  it.each([NaN, Infinity, undefined, 1n, Symbol('x'), () => 1])('refuses %p', (value) => {
    expect(() => canonicalJson([value])).toThrow(NotCanonicalError);
  });
});

function compareLists(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((codePoint, i) => codePoint !== b[i]);
  return index === -1 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1);
}
