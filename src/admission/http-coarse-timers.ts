// SPDX-License-Identifier: Apache-2.0
// Timers for what nearly always ends before its time is over: two for each request. They are only looked
// at now and then, so that starting and stopping one is next to nothing.

/** A timer that runs. */
export interface CoarseTimer {
  readonly dueMs: number;
  readonly onDue: () => void;
}

/** Timers that may be late by an interval. */
export interface CoarseTimers {
  /** Calls `onDue` once, after so many milliseconds and not much more. */
  start(ms: number, onDue: () => void): CoarseTimer;
  /** It will not be called, if it was not yet. */
  stop(timer: CoarseTimer): void;
}

/** Timers that may be late by `intervalMs`. While none runs, nothing does; none keeps a process alive. */
export function createCoarseTimers(intervalMs: number): CoarseTimers {
  const running = new Set<CoarseTimer>();
  let looking = false;

  const look = (): void => {
    const nowMs = performance.now();
    for (const timer of running) {
      if (timer.dueMs > nowMs) continue;
      running.delete(timer);
      timer.onDue();
    }
    if (running.size > 0) setTimeout(look, intervalMs).unref();
    else looking = false;
  };

  return {
    start: (ms, onDue) => {
      const timer = { dueMs: performance.now() + ms, onDue };
      running.add(timer);
      if (!looking) {
        looking = true;
        setTimeout(look, Math.min(ms, intervalMs)).unref();
      }
      return timer;
    },
    stop: (timer) => {
      running.delete(timer);
    },
  };
}
