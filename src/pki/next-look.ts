// SPDX-License-Identifier: Apache-2.0
// When to look at certificates again although nobody has changed anything.

/** A wall clock may be set, and a timer stands still while its machine sleeps. */
const LATEST_LOOK_MS = 3_600_000;

/** So that times that are nearly up do not make a tight loop. */
const EARLIEST_LOOK_MS = 100;

/**
 * The earliest of these times that is still to come, in milliseconds from now, between a tenth of a
 * second and an hour. What is over has become a step, or has no meaning any more.
 */
export function nextLookInMs(timesInMs: readonly number[]): number {
  const next = Math.min(LATEST_LOOK_MS, ...timesInMs.filter((ms) => ms > 0));
  return Math.max(EARLIEST_LOOK_MS, Math.ceil(next));
}
