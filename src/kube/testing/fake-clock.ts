// SPDX-License-Identifier: Apache-2.0
// A clock for tests, which goes on only when it is told to.
import type { Clock } from '../wait/clock.ts';

/** A clock that a test turns. */
export interface FakeClock extends Clock {
  /** Turns the clock, waking each sleeper at its time and letting it work before the next. */
  advance(ms: number): Promise<void>;
}

/** A machine's clock, as it differs from the fake one behind it. */
export interface SkewedClock extends Clock {
  /** Sets the wall clock forward (or back); the monotonic clock takes no notice. */
  stepWallClock(ms: number): void;
  /** Like SIGSTOP: time goes on, but no timer fires. */
  stopTimers(): void;
  /** Like SIGCONT: the timers that are due fire. */
  startTimers(): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands at zero, and at the given wall-clock time. */
export function createFakeClock(wallTime = new Date('2026-01-02T03:04:05.678Z')): FakeClock {
  let nowMs = 0;
  const sleepers = new Set<Sleeper>();

  function nextDue(untilMs: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.atMs <= untilMs && (next === undefined || sleeper.atMs < next.atMs)) {
        next = sleeper;
      }
    }
    return next;
  }

  return {
    now: () => new Date(wallTime.getTime() + nowMs),
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          sleepers.delete(sleeper);
          const error = new Error('sleep aborted');
          error.name = 'AbortError';
          reject(error);
        };
        const sleeper: Sleeper = {
          atMs: nowMs + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        if (signal?.aborted === true) {
          abort();
          return;
        }
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let next = nextDue(untilMs); next !== undefined; next = nextDue(untilMs)) {
        nowMs = Math.max(nowMs, next.atMs);
        sleepers.delete(next);
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** A clock of another machine: its own epoch and wall clock, and, where asked for, its own speed. */
export function skewedClock(
  clock: Clock,
  { offsetMs = 0, speed = 1 }: { readonly offsetMs?: number; readonly speed?: number } = {},
): SkewedClock {
  let wallStepMs = 0;
  let running = Promise.resolve();
  let start: (() => void) | undefined;
  return {
    now: () => new Date(clock.now().getTime() + offsetMs + wallStepMs),
    monotonicMs: () => clock.monotonicMs() * speed + offsetMs,
    async sleep(ms, signal) {
      await clock.sleep(ms / speed, signal);
      await running;
      signal?.throwIfAborted();
    },
    stepWallClock(ms) {
      wallStepMs += ms;
    },
    stopTimers() {
      if (start !== undefined) return;
      running = new Promise((resolve) => {
        start = resolve;
      });
    },
    startTimers() {
      start?.();
      start = undefined;
      running = Promise.resolve();
    },
  };
}

/** Lets everything run that waits for nothing but other promises. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
