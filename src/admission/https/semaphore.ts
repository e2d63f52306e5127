// SPDX-License-Identifier: Apache-2.0
// A weighted semaphore: it bounds the number of requests in work, the memory that their work takes together, and the
// number that wait. Waiting is better than a refusal, because an API server does not ask twice, and a burst passes in
// less time than an API server waits.

/** Permits for requests in work. */
export interface Semaphore {
  /**
   * Resolves to true once the request has a permit for so many bytes: at once if there is one, otherwise in the order
   * of the calls; but a request that needs more than is free lets smaller ones pass. A request that needs more than
   * there is in all gets a permit for all. Resolves to false if too many requests wait already, or when the signal
   * aborts before.
   */
  acquire(bytes: number, signal: AbortSignal): Promise<boolean>;
  /** Returns a permit that was acquired for so many bytes; it passes to those that have waited longest. */
  release(bytes: number): void;
}

/** Bounds of a semaphore. */
export interface SemaphoreLimits {
  /** Requests in work. */
  readonly permits: number;
  /** Bytes of all requests in work. */
  readonly maxBytes: number;
  /** Requests that wait. */
  readonly maxWaiting: number;
}

/** A semaphore with all of its permits free. */
export function createSemaphore({ permits, maxBytes, maxWaiting }: SemaphoreLimits): Semaphore {
  let free = permits;
  let freeBytes = maxBytes;
  const waiting = new Set<{ readonly bytes: number; readonly grant: () => void }>();

  const take = (bytes: number): boolean => {
    if (free === 0 || bytes > freeBytes) return false;
    free -= 1;
    freeBytes -= bytes;
    return true;
  };

  return {
    acquire: (wanted, signal) => {
      const bytes = Math.min(wanted, maxBytes);
      if (take(bytes)) return Promise.resolve(true);
      if (waiting.size >= maxWaiting || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const request = {
          bytes,
          grant: () => {
            resolve(true);
          },
        };
        waiting.add(request);
        signal.addEventListener('abort', () => {
          waiting.delete(request);
          resolve(false);
        });
      });
    },
    release: (held) => {
      free += 1;
      freeBytes += Math.min(held, maxBytes);
      for (const request of waiting) {
        if (free === 0) return;
        if (!take(request.bytes)) continue;
        waiting.delete(request);
        request.grant();
      }
    },
  };
}
