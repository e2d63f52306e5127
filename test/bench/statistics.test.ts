// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { percentile, pooledRate, summarize } from './statistics.ts';

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('percentile', () => {
  it.each([
    { values: oneTo(100), percent: 50, expected: 50 },
    { values: oneTo(100), percent: 99, expected: 99 },
    { values: oneTo(101), percent: 99, expected: 100 },
    { values: oneTo(1000), percent: 99.9, expected: 999 },
    { values: oneTo(100), percent: 100, expected: 100 },
    { values: oneTo(4), percent: 50, expected: 2 },
    { values: oneTo(3), percent: 0.1, expected: 1 },
    { values: [7], percent: 99, expected: 7 },
  ])('of $values.length values, $percent % do not exceed $expected', (example) => {
    expect(percentile(example.values, example.percent)).toBe(example.expected);
  });

  it('does not depend on the order of the values, and leaves it as it is', () => {
    const values = [30, 4, 100, 1];
    expect(percentile(values, 75)).toBe(30);
    expect(values).toEqual([30, 4, 100, 1]);
  });

  it('orders numbers as numbers, not as text', () => {
    expect(percentile([10, 9, 100], 50)).toBe(10);
  });

  it('refuses to invent a value where there is none', () => {
    expect(() => percentile([], 50)).toThrow(new RangeError('a percentile of no values'));
  });

  it.each([0, -1, 100.1, NaN])('refuses %d %%', (percent) => {
    expect(() => percentile([1], percent)).toThrow(RangeError);
  });
});

describe('summarize', () => {
  it('tells count, median, 99th percentile and maximum', () => {
    expect(summarize(oneTo(200))).toEqual({ count: 200, p50: 100, p99: 198, max: 200 });
  });
});

describe('pooledRate', () => {
  it('weighs runs by their length, unlike the mean of their rates', () => {
    expect(
      pooledRate([
        { count: 100, seconds: 1 },
        { count: 100, seconds: 4 },
      ]),
    ).toBe(40);
  });
});
