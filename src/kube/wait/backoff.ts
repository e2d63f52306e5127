// SPDX-License-Identifier: Apache-2.0
// Exponential back-off with jitter, as numbers: who waits, and on what, is the caller's.

/** The bounds of a back-off, in milliseconds. */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before trying again after `failures` failures in a row (1 is the first):
 * twice as long each time, up to the maximum, of which a random half is jitter, so that many who
 * failed together do not come back together.
 */
export function backoffMs(
  failures: number,
  { baseMs, maxMs }: BackoffBounds,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random();
}
