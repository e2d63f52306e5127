// SPDX-License-Identifier: Apache-2.0
// A counting semaphore: it bounds the number of requests in work and the number that wait. Waiting is better than a
// refusal, because an API server does not ask twice, and a burst passes in less time than an API server waits.

/** Permits for requests in work. */
export interface Semaphore {
  /**
   * Resolves to true once the request has a permit: at once if one is free, otherwise in the order of the calls.
   * Resolves to false if too many requests wait already, or when the signal aborts before.
   */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Returns a permit, which passes to the request that has waited longest. */
  release(): void;
}

/** A semaphore with so many permits, for which at most `maxWaiting` requests may wait. */
export function createSemaphore(permits: number, maxWaiting: number): Semaphore {
  let free = permits;
  const waiting = new Set<() => void>();
  return {
    acquire: (signal) => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      if (waiting.size >= maxWaiting || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const grant = (): void => {
          resolve(true);
        };
        waiting.add(grant);
        signal.addEventListener('abort', () => {
          waiting.delete(grant);
          resolve(false);
        });
      });
    },
    release: () => {
      const [grant] = waiting;
      if (grant === undefined) {
        free += 1;
        return;
      }
      waiting.delete(grant);
      grant();
    },
  };
}
