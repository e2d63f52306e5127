// SPDX-License-Identifier: Apache-2.0
// The work queue of client-go on top of p-queue: a key waits in it once however often it is added,
// is never processed twice at the same time, is processed again if it was added meanwhile, and
// comes back with exponential back-off as long as it fails.
import PQueue from 'p-queue';
import { backoffMs, type BackoffBounds } from './backoff.ts';

/** What came of processing a key. A thrown error means the same as `retry`, and is counted as one. */
export type WorkResult =
  | { readonly type: 'done' }
  /** Once more, with the key's back-off. */
  | { readonly type: 'retry' };

/** How soon a key's turn comes. */
export type Priority = 'high' | 'low';

/** Told of what happens to each key; the moments are those of client-go's queue metrics. */
export interface WorkQueueObserver {
  /** The key was not due and now is (also while it is in work). */
  added(key: string): void;
  started(key: string): void;
  finished(key: string): void;
  /** The key failed and its back-off is over. */
  retried(key: string): void;
}

/** See {@link createWorkQueue}. */
export interface WorkQueueOptions {
  /** Workers. */
  readonly concurrency: number;
  /** `failures` is how often this key failed in a row before. */
  readonly process: (key: string, failures: number) => Promise<WorkResult>;
  readonly backoff?: BackoffBounds;
  readonly observer?: WorkQueueObserver;
  /** Told of what `process` throws; the key is retried all the same. */
  readonly onError: (key: string, error: unknown) => void;
}

/** A queue of keys with its workers. */
export interface WorkQueue {
  /** Keys that are due; those that wait out a back-off do not count. */
  readonly depth: number;
  readonly active: number;
  /** Marks a key as due. `low` is for what nobody waits for: first lists, resyncs. */
  add(key: string, priority: Priority): void;
  /** Resolves when nothing waits and nothing is in work; back-offs are not waited for. */
  idle(): Promise<void>;
  /** Drops what waits; resolves when what is in work has ended. */
  stop(): Promise<void>;
}

const DEFAULT_BACKOFF: BackoffBounds = { baseMs: 50, maxMs: 120_000 };

const PRIORITY: Readonly<Record<Priority, number>> = { high: 1, low: 0 };

/** A running queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { observer, backoff = DEFAULT_BACKOFF } = options;
  const workers = new PQueue({ concurrency: options.concurrency });
  /** Keys that are due, whether or not they are also in work. */
  const due = new Map<string, { priority: Priority }>();
  const inWork = new Set<string>();
  const failures = new Map<string, number>();
  const backoffs = new Map<string, NodeJS.Timeout>();
  let stopped = false;

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
    const waiting = due.get(key);
    if (waiting === undefined || inWork.has(key)) return;
    due.delete(key);
    inWork.add(key);
    observer?.started(key);
    // Whatever the back-off waits for is happening now.
    clearTimeout(backoffs.get(key));
    backoffs.delete(key);
    const failed = failures.get(key) ?? 0;
    let result: WorkResult = { type: 'retry' };
    try {
      result = await options.process(key, failed);
    } catch (error) {
      options.onError(key, error);
    }
    inWork.delete(key);
    observer?.finished(key);
    if (stopped) return;
    if (result.type === 'done') failures.delete(key);
    else retryLater(key, failed + 1);
    const again = due.get(key);
    if (again !== undefined) schedule(key, again.priority);
  }

  function retryLater(key: string, failed: number): void {
    failures.set(key, failed);
    const timer = setTimeout(
      () => {
        backoffs.delete(key);
        observer?.retried(key);
        add(key, 'low');
      },
      backoffMs(failed, backoff),
    );
    backoffs.set(key, timer);
  }

  return {
    get depth() {
      return due.size;
    },
    get active() {
      return inWork.size;
    },
    add,
    idle: () => workers.onIdle(),
    async stop() {
      stopped = true;
      workers.clear();
      due.clear();
      for (const timer of backoffs.values()) clearTimeout(timer);
      backoffs.clear();
      await workers.onIdle();
    },
  };
}
