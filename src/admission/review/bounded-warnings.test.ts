// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { boundedWarnings, MAX_WARNING_LENGTH, MAX_WARNINGS } from './bounded-warnings.ts';

describe('warnings', () => {
  it('are told once each, in their order, on one line', () => {
    expect(boundedWarnings(['b\nb', 'a', 'b\nb'])).toEqual(['b b', 'a']);
  });

  it('are cut where the API server would cut them', () => {
    const [warning = ''] = boundedWarnings(['x'.repeat(10_000)]);
    expect(warning).toBe(`${'x'.repeat(MAX_WARNING_LENGTH - 1)}…`);
  });

  it('are all told up to the most that there may be', () => {
    const all = Array.from({ length: MAX_WARNINGS }, (_, i) => `warning ${i}`);
    expect(boundedWarnings(all)).toEqual(all);
  });

  it('beyond that are counted', () => {
    const all = Array.from({ length: 1000 }, (_, i) => `warning ${i}`);
    const told = boundedWarnings(all);
    expect(told).toHaveLength(MAX_WARNINGS);
    expect(told.at(-2)).toBe('warning 8');
    expect(told.at(-1)).toBe('and 991 more warnings');
  });
});
