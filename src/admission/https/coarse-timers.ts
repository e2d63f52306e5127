// SPDX-License-Identifier: Apache-2.0
// Timers for what nearly always ends before its time is over: two for each request. They are only looked
// at now and then, so that starting and stopping one is next to nothing.
import { createRoster, NOWHERE, type RosterMember } from './roster.ts';

/** A timer that runs. */
export interface CoarseTimer extends RosterMember {
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
  const running = createRoster<CoarseTimer>();
  let looking = false;

  const look = (): void => {
    const nowMs = performance.now();
    for (const timer of running.members()) {
      // One that is nowhere was stopped by a call before it.
      if (timer.dueMs > nowMs || timer.place === NOWHERE) continue;
      running.delete(timer);
      timer.onDue();
    }
    if (running.size() > 0) setTimeout(look, intervalMs).unref();
    else looking = false;
  };

  return {
    start: (ms, onDue) => {
      const timer = { place: NOWHERE, dueMs: performance.now() + ms, onDue };
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
