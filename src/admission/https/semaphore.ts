// SPDX-License-Identifier: Apache-2.0
// A counting semaphore: it bounds the number of requests in work and the number that wait. Waiting is better than a
// refusal, because an API server does not ask twice, and a burst passes in less time than an API server waits.

/** Permits for requests in work. */
export interface Semaphore {
  /**
   * Calls `start` once there is a permit for it: at once if one is free, otherwise in the order of the calls. `full`:
   * too many requests wait already, and `start` will not be called.
   */
  acquire(start: () => void): 'acquired' | 'waiting' | 'full';
  /** Removes `start` from those that wait, if it does. */
  cancel(start: () => void): void;
  /** Returns a permit, which passes to the request that has waited longest. */
  release(): void;
}

/** A semaphore with so many permits, for which at most `maxWaiting` requests may wait. */
export function createSemaphore(permits: number, maxWaiting: number): Semaphore {
  let free = permits;
  const waiting = new Set<() => void>();
  return {
    acquire: (start) => {
      if (free > 0) {
        free -= 1;
        start();
        return 'acquired';
      }
      if (waiting.size >= maxWaiting) return 'full';
      waiting.add(start);
      return 'waiting';
    },
    cancel: (start) => {
      waiting.delete(start);
    },
    release: () => {
      const [next] = waiting;
      if (next === undefined) {
        free += 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
