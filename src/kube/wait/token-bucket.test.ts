// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createTokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  it.each<[string, readonly number[], readonly boolean[]]>([
    ['gives its burst at once, and no more', [5, 5, 5], [true, true, false]],
    ['gives one back per interval', [0, 0, 99, 100, 100], [true, true, false, true, false]],
    ['counts parts of an interval', [0, 0, 60, 120, 180], [true, true, false, true, false]],
    ['never holds more than its burst', [0, 10_000, 10_000, 10_000], [true, true, true, false]],
  ])('%s', (_, times, taken) => {
    const bucket = createTokenBucket({ burst: 2, refillMs: 100 });
    expect(times.map((nowMs) => bucket.take(nowMs))).toEqual(taken);
  });
});
