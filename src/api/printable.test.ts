// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, printable, quoted } from './printable.ts';

describe('printable', () => {
  it('leaves ordinary text as it is, in any script', () => {
    expect(printable('CONTOSO\\wéb "中文" 😀')).toBe('CONTOSO\\wéb "中文" 😀');
  });

  it('escapes what cannot be seen or moves what can', () => {
    expect(printable('a\n\t\0\x1b\x7f\u00a0\u200b\u202e\u2028\ufeff\ud800z')).toBe(
      'a\\u{a}\\u{9}\\u{0}\\u{1b}\\u{7f}\\u{a0}\\u{200b}\\u{202e}\\u{2028}\\u{feff}\\u{d800}z',
    );
  });

  it('cuts long text and says how long it is', () => {
    expect(quoted('x'.repeat(1 << 20))).toBe(`"${'x'.repeat(80)}"… (1048576 characters)`);
  });

  it('is bounded and well-formed whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(printable(text).length).toBeLessThan(1000);
        expect(printable(text).isWellFormed()).toBe(true);
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});

describe('cut', () => {
  it('does not split a surrogate pair', () => {
    expect(cut('a😀b', 2)).toBe('a');
    expect(cut('a😀b', 3)).toBe('a😀');
    expect(cut('a😀b', 4)).toBe('a😀b');
  });
});
