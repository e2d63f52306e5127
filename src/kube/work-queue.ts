// SPDX-License-Identifier: Apache-2.0
// The work queue of client-go on top of p-queue: a key waits in it once however often it is added,
// is never processed twice at the same time, is processed again if it was added meanwhile, and
// comes back with exponential back-off as long as it fails.
import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import { backoffMs, type BackoffBounds } from './wait/backoff.ts';

/** What came of processing a key, where nothing was thrown. */
export type WorkResult =
  | { readonly type: 'done' }
  /** Not as it must be, and not for us to change: look again now and then. */
  | { readonly type: 'retry' }
  /** As it must be; look again after `inMs` milliseconds, or when the key is added. */
  | { readonly type: 'again'; readonly inMs: number };

/** How soon a key's turn comes. */
export type Priority = 'high' | 'low';

/** Told of what happens to each key; the moments are those of client-go's queue metrics. */
export interface WorkQueueObserver {
  /** The key was not due and now is (also while it is in work). */
  added(key: string): void;
  started(key: string): void;
  finished(key: string): void;
  /** The time is over that the key waited for, after a failure or as it was asked to. */
  retried(key: string): void;
}

/** See {@link createWorkQueue}. */
export interface WorkQueueOptions {
  /** Workers. */
  readonly concurrency: number;
  /** `failures` is how often this key failed in a row before. */
  readonly process: (key: string, failures: number) => Promise<WorkResult>;
  /** After a thrown error, which is likely to pass: an outage must not outlast itself by much. */
  readonly errorBackoff?: BackoffBounds;
  /** After `retry`, which is likely to stay. */
  readonly retryBackoff?: BackoffBounds;
  readonly observer?: WorkQueueObserver;
  /** Told of what `process` throws, with the failures in a row that this makes. */
  readonly onError: (key: string, error: unknown, failures: number) => void;
}

/** A queue of keys with its workers. */
export interface WorkQueue {
  /** Marks a key as due. `low` is for what nobody waits for: first lists, resyncs. */
  add(key: string, priority: Priority): void;
  /** Adds a key after `ms` milliseconds, or when an earlier call of this asked for it. */
  addAfter(key: string, ms: number): void;
  /** Resolves when nothing waits and nothing is in work; back-offs are not waited for. */
  idle(): Promise<void>;
  /** Drops what waits; resolves when what is in work has ended. */
  stop(): Promise<void>;
}

const ERROR_BACKOFF: BackoffBounds = { baseMs: 50, maxMs: 15_000 };

/** No event tells when an object goes that others own, for the caches do not hold it. */
const RETRY_BACKOFF: BackoffBounds = { baseMs: 50, maxMs: 30_000 };

/** The longest time, in milliseconds, for which the workers keep the event loop to themselves. */
const MAX_BREATH_MS = 10;

const PRIORITY: Readonly<Record<Priority, number>> = { high: 1, low: 0 };

/** A running queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { observer, errorBackoff = ERROR_BACKOFF, retryBackoff = RETRY_BACKOFF } = options;
  const workers = new PQueue({ concurrency: options.concurrency });
  /** Keys that are due, whether or not they are also in work. */
  const due = new Map<string, { priority: Priority }>();
  const inWork = new Set<string>();
  const failures = new Map<string, number>();
  /** Keys that are added later. */
  const delayed = new Map<string, { readonly atMs: number; readonly timer: NodeJS.Timeout }>();
  let stopped = false;
  let lastBreath = 0;

  function add(key: string, priority: Priority): void {
    if (stopped) return;
    const waiting = due.get(key);
    if (waiting === undefined) {
      due.set(key, { priority });
      observer?.added(key);
      if (!inWork.has(key)) schedule(key, priority);
    } else if (waiting.priority === 'low' && priority === 'high') {
      waiting.priority = 'high';
      // Overtakes its own first entry, which will find nothing left to do.
      if (!inWork.has(key)) schedule(key, 'high');
    }
  }

  function schedule(key: string, priority: Priority): void {
    void workers.add(() => work(key), { priority: PRIORITY[priority] });
  }

  async function work(key: string): Promise<void> {
    // A key with nothing to do is done without ever waiting, and the next one begins at once: ten
    // thousand of them would keep the process from its Lease and its probes for seconds.
    if (performance.now() - lastBreath > MAX_BREATH_MS) {
      await setImmediate();
      lastBreath = performance.now();
    }
    const waiting = due.get(key);
    if (waiting === undefined || inWork.has(key)) return;
    due.delete(key);
    inWork.add(key);
    observer?.started(key);
    // Whatever the key waits for is happening now.
    clearTimeout(delayed.get(key)?.timer);
    delayed.delete(key);
    const failed = failures.get(key) ?? 0;
    let bounds: BackoffBounds | undefined;
    try {
      const result = await options.process(key, failed);
      if (result.type === 'retry') bounds = retryBackoff;
      if (result.type === 'again') addAfter(key, result.inMs);
    } catch (error) {
      bounds = errorBackoff;
      options.onError(key, error, failed + 1);
    }
    inWork.delete(key);
    observer?.finished(key);
    if (stopped) return;
    if (bounds === undefined) failures.delete(key);
    else {
      failures.set(key, failed + 1);
      addAfter(key, backoffMs(failed + 1, bounds));
    }
    const again = due.get(key);
    if (again !== undefined) schedule(key, again.priority);
  }

  function addAfter(key: string, ms: number): void {
    if (stopped) return;
    const atMs = performance.now() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.atMs <= atMs) return;
    clearTimeout(earlier?.timer);
    const timer = setTimeout(() => {
      delayed.delete(key);
      observer?.retried(key);
      add(key, 'low');
    }, ms);
    delayed.set(key, { atMs, timer });
  }

  return {
    add,
    addAfter,
    idle: () => workers.onIdle(),
    async stop() {
      stopped = true;
      workers.clear();
      due.clear();
      for (const { timer } of delayed.values()) clearTimeout(timer);
      delayed.clear();
      await workers.onIdle();
    },
  };
}
