// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oneLine, quotedName, shownError, shownName } from './shown.ts';

describe('a name in a message', () => {
  it.each([
    ['webapp1', 'webapp1'],
    ['a'.repeat(253), 'a'.repeat(253)],
    ['WebApp\n1', 'WebApp\\u{a}1'],
    ['x'.repeat(254), `${'x'.repeat(80)}… (254 characters)`],
  ])('stands whole if it can be one, and short and visible if not', (name, shown) => {
    expect(shownName(name)).toBe(shown);
    expect(quotedName(name).replaceAll('"', '')).toBe(shown);
  });

  it('is seen also where it is empty', () => {
    expect(shownName('')).toBe('""');
    expect(quotedName('')).toBe('""');
  });
});

describe('a line', () => {
  it('has no control or invisible characters, and no line breaks', () => {
    expect(oneLine(' a\r\n\tb\u200b\u2028c\0 ', 20)).toBe('a b c');
  });

  it('is as long as it may be, and says where it was cut', () => {
    expect(oneLine('abcdef', 6)).toBe('abcdef');
    expect(oneLine('abcdefg', 6)).toBe('abcde…');
    expect(oneLine('ab😀def', 4)).toBe('ab…');
  });

  it('is bounded and well-formed whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.nat(40), (text, more) => {
        const line = oneLine(text, 2 + more);
        expect(line.length).toBeLessThanOrEqual(2 + more);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/\p{C}/u);
      }),
    );
  });
});

it('whatever was thrown can be shown', () => {
  expect(shownError(new Error('no\nroute'))).toBe('no route');
  expect(shownError('text')).toBe('text');
  expect(shownError(undefined)).toBe('undefined');
});
