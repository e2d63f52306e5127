// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { PLAIN, styleFor } from './style.ts';

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
