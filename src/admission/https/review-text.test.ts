// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reviewText } from './review-text.ts';

const textOf = (text: string): string => reviewText(Buffer.from(text));

describe('reviewText', () => {
  it.each([
    ['nothing of it', '{"metadata":{"name":"ä"}}', '{"metadata":{"name":"ä"}}'],
    ['none', '{"managedFields":[],"a":1}', '{"managedFields":[],"a":1}'],
    ['one', '{"managedFields":[{"manager":"ä"}],"a":"ö"}', '{"managedFields":[],"a":"ö"}'],
    [
      'those of two objects',
      '{"object":{"managedFields":[1,[2]]},"oldObject":{"managedFields":[{"f:a":{}}]},"a":1}',
      '{"object":{"managedFields":[]},"oldObject":{"managedFields":[]},"a":1}',
    ],
    [
      'brackets in strings',
      String.raw`{"managedFields":[{"k:{\"name\":\"]\"}":{"\\":"]}"}}],"a":["]"]}`,
      '{"managedFields":[],"a":["]"]}',
    ],
    ['one within another', '{"managedFields":[{"managedFields":[1]}]}', '{"managedFields":[]}'],
    [
      'a longer key, and one after it',
      String.raw`{"my\"managedFields":[1],"managedFields":[2]}`,
      String.raw`{"my\"managedFields":[1],"managedFields":[]}`,
    ],
    [
      'a text that looks like it',
      String.raw`{"a":",\"managedFields\":[1]","b":2}`,
      String.raw`{"a":",\"managedFields\":[1]","b":2}`,
    ],
    ['white space', '{"managedFields": [1]}', '{"managedFields": [1]}'],
    ['no array', '{"managedFields":{"a":[1]}}', '{"managedFields":{"a":[1]}}'],
    ['no end', '{"managedFields":[{"a":[1]}', '{"managedFields":[{"a":[1]}'],
    ['a string without end', '{"managedFields":["]', '{"managedFields":["]'],
    ['an escape without end', '{"managedFields":["\\', '{"managedFields":["\\'],
    ['an end at once', '{"managedFields":[', '{"managedFields":['],
  ])('%s', (_what, text, expected) => {
    expect(textOf(text)).toBe(expected);
  });

  it('is the same JSON but for those arrays, whatever is in it', () => {
    const key = fc.oneof(
      fc.constantFrom('managedFields', '"managedFields', 'managedFields":[', '\\'),
      fc.string({ unit: 'grapheme' }),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(key, fc.integer(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (random) => {
        const withoutManagers: unknown = JSON.parse(
          JSON.stringify(random),
          (name, held: unknown) => (name === 'managedFields' && Array.isArray(held) ? [] : held),
        );
        expect(JSON.parse(textOf(JSON.stringify(random)))).toEqual(withoutManagers);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes time by the length of the text, and not by the square of it', () => {
    const piece = '"managedFields":[';
    const open = piece.repeat(200_000);
    const started = performance.now();
    expect(textOf(open)).toHaveLength(open.length);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
