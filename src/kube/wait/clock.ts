// SPDX-License-Identifier: Apache-2.0
// Time as it is handed in, so that tests can turn it.
import { setTimeout as delay } from 'node:timers/promises';

/** A wall clock, a monotonic clock and a way to wait. */
export interface Clock {
  /** Wall-clock time, for what people read; it may jump, so nothing is decided by it. */
  now(): Date;
  /** Milliseconds since some moment; never goes back, and goes on while the process is stopped. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` milliseconds.
   * @throws AbortError as soon as `signal` is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep,
};

/**
 * Resolves after `ms` milliseconds.
 * @throws AbortError as soon as `signal` is aborted.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}

/** `metav1.MicroTime`: RFC 3339 in UTC with exactly six digits, which is all that the API server parses. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
