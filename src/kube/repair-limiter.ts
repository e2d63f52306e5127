// SPDX-License-Identifier: Apache-2.0
// Two controllers that undo each other's writes do so as fast as the API server lets them. A repair is
// done at once; who is repaired again and again waits between two repairs.

/** Counts the repairs of what has a key, and puts off the next one where there were too many. */
export interface RepairLimiter {
  /** Something with this key was repaired. */
  happened(key: string): void;
  /** How long the next repair of a key has to wait, in milliseconds; 0 where there were few. */
  waitMs(key: string): number;
}

/** Repairs within {@link WINDOW_MS} that are done at once: a person edits no faster. */
const FREE_REPAIRS = 5;

const WINDOW_MS = 60_000;

/** Between two repairs against a rival: as long as access may be wrong, and no longer. */
const WAIT_MS = 15_000;

/** A limiter with nothing counted. `nowMs` is a monotonic clock. */
export function createRepairLimiter(nowMs: () => number = () => performance.now()): RepairLimiter {
  const windows = new Map<string, { readonly since: number; count: number; last: number }>();

  function current(key: string): { count: number; last: number } | undefined {
    const window = windows.get(key);
    if (window !== undefined && nowMs() - window.since > WINDOW_MS) {
      windows.delete(key);
      return undefined;
    }
    return window;
  }

  function waitMs(key: string): number {
    const window = current(key);
    if (window === undefined || window.count < FREE_REPAIRS) return 0;
    return Math.max(0, window.last + WAIT_MS - nowMs());
  }

  return {
    happened(key) {
      const window = current(key);
      const last = nowMs();
      if (window === undefined) windows.set(key, { since: last, count: 1, last });
      else {
        window.count++;
        window.last = last;
      }
    },
    waitMs,
  };
}
