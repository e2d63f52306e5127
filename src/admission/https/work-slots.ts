// SPDX-License-Identifier: Apache-2.0
// A bounded number of requests in work and a bounded number that waits. Waiting beats a refusal: an API
// server does not ask twice, and a burst passes in less time than it gives us.

/** Places for requests in work. */
export interface WorkSlots {
  /**
   * Calls `start` when there is a place for it, at once where one is free; else the first to come is the
   * first to be called. `full`: too many wait already, and it will not be called.
   */
  enter(start: () => void): 'entered' | 'waiting' | 'full';
  /** It waits no longer, if it did. */
  cancel(start: () => void): void;
  /** Gives a place back, to the one that waits longest. */
  give(): void;
}

/** So many places, and so many that may wait for one. */
export function createWorkSlots(places: number, maxWaiting: number): WorkSlots {
  let free = places;
  const waiting = new Set<() => void>();
  return {
    enter: (start) => {
      if (free > 0) {
        free -= 1;
        start();
        return 'entered';
      }
      if (waiting.size >= maxWaiting) return 'full';
      waiting.add(start);
      return 'waiting';
    },
    cancel: (start) => {
      waiting.delete(start);
    },
    give: () => {
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
