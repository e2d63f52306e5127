// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { PLAIN, styledSafely, styleFor } from './style.ts';

const output = (isTerminal: boolean) => ({ isTerminal, write: () => undefined });

describe('styleFor', () => {
  it('colours on a terminal', () => {
    expect(styleFor(output(true), {}).bad('x')).toBe('\u001b[31mx\u001b[39m');
  });

  it.each([
    ['a pipe', false, {}],
    ['NO_COLOR', true, { NO_COLOR: '1' }],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ])('does not for %s', (_, isTerminal, env) => {
    expect(styleFor(output(isTerminal), env)).toBe(PLAIN);
  });

  it('takes an empty NO_COLOR for none, as its convention says', () => {
    expect(styleFor(output(true), { NO_COLOR: '' })).not.toBe(PLAIN);
  });
});

describe('styledSafely', () => {
  const COLOURED = styleFor(output(true), {});

  it('keeps its own colours and line feeds, and escapes what others wrote', () => {
    const text = styledSafely(
      ({ bad, good }) => `${bad('no\u001b[2J')} \u001b[32myes\u009b1m\n${good('a')}${good('b')}\n`,
      COLOURED,
    );
    expect(text).toBe(
      `${COLOURED.bad('no\\u{1b}[2J')} \\u{1b}[32myes\\u{9b}1m\n${COLOURED.good('a')}${COLOURED.good('b')}\n`,
    );
  });

  it('escapes the same where there are no colours', () => {
    const text = styledSafely(({ bad }) => `${bad('no')} \u001b[32m\r\u202e\n`, PLAIN);
    expect(text).toBe('no \\u{1b}[32m\\u{d}\\u{202e}\n');
  });
});
