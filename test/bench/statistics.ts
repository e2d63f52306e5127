// SPDX-License-Identifier: Apache-2.0
// The statistics that the bench reports. Pure.

/** What a sample of times comes down to, in the unit of the sample. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The nearest-rank percentile: the smallest value that at least `percent` of the values do not
 * exceed. It is always one that was measured, never one in between.
 * @throws RangeError for no values, or a percentage outside of (0, 100].
 */
export function percentile(values: readonly number[], percent: number): number {
  if (!(percent > 0 && percent <= 100)) {
    throw new RangeError(`percentile ${percent}: it must be above 0 and at most 100`);
  }
  // Kept in whole numbers as long as possible: 0.99 * 100 is more than 99.
  const rank = Math.ceil((percent * values.length) / 100);
  const value = values.toSorted((a, b) => a - b)[rank - 1];
  if (value === undefined) throw new RangeError('a percentile of no values');
  return value;
}

/** Median, 99th percentile and maximum. @throws RangeError for no values. */
export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    p50: percentile(values, 50),
    p99: percentile(values, 99),
    max: percentile(values, 100),
  };
}

/** How many a second, over several runs together: long runs count for more than short ones. */
export function pooledRate(
  runs: readonly { readonly count: number; readonly seconds: number }[],
): number {
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  return count / seconds;
}
