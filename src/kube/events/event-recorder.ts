// SPDX-License-Identifier: Apache-2.0
// Tells of what happens to objects as Kubernetes Events, in the manner of client-go's: in the
// background, identical ones as one series, and never so many that they do harm. An Event is a
// courtesy; whatever goes wrong with one, nobody waits for it.
import { randomBytes } from 'node:crypto';
import { withTimeout } from '../wait/abort.ts';
import { classifyError } from '../client/api-error.ts';
import { backoffMs } from '../wait/backoff.ts';
import type { KubeClient } from '../client/client.ts';
import { type Clock, systemClock } from '../wait/clock.ts';
import {
  boundedNote,
  eventReference,
  type EventRecord,
  type EventReporter,
} from './event-object.ts';
import { createEventWriter, type WritableEvent } from './event-writer.ts';
import type { Logger } from '../logger.ts';
import { createTokenBuckets } from './token-buckets.ts';

export type { EventRecord, EventSubject } from './event-object.ts';

/** Why an Event was not written. */
export type EventDropReason = 'failed' | 'queue-full' | 'rate-limited' | 'stopped';

/** Writes Events in the background. */
export interface EventRecorder {
  /** Queues an Event; never blocks, never throws. */
  record(event: EventRecord): void;
  /** Writes what is queued, for at most `drainTimeoutMs`, and stops. */
  drain(): Promise<void>;
}

/** What a recorder needs. */
export interface EventRecorderOptions extends EventReporter {
  /** May be fenced: an Event that it refuses to write is dropped. */
  readonly client: KubeClient;
  readonly log: Logger;
  readonly onDropped?: (reason: EventDropReason) => void;
  /** Default 5 s. */
  readonly drainTimeoutMs?: number;
  /** Field manager of the writes; default: what the API server makes of the user agent. */
  readonly fieldManager?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Identical Events that come within this time of each other are one series; client-go's. */
const SERIES_WINDOW_MS = 6 * 60_000;

/** A series is written when it becomes one, then as often as this, and when it has ended. */
const SERIES_WRITE_INTERVAL_MS = 5 * 60_000;

/** client-go's per object: 25 at once, then one each five minutes. */
const RATE_LIMIT = { burst: 25, refillMs: 5 * 60_000, maxKeys: 4_096 };

/** client-go's: beyond that, the oldest go. */
const MAX_QUEUED = 1_000;

/** Series that are remembered; client-go's. */
const MAX_SERIES = 4_096;

/** client-go's: with the back-off below about four minutes of outage are outlived. */
const MAX_TRIES = 12;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };

const MAINTENANCE_INTERVAL_MS = 60_000;

/** One kind of failure is logged this often. */
const FAILURE_LOG_INTERVAL_MS = 10 * 60_000;

/** An Event object and what has happened since it was written. */
interface Series extends WritableEvent {
  readonly key: string;
  lastMs: number;
  writtenMs: number;
  queued: boolean;
}

/** A recorder that works until it is drained. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { log, clock = systemClock, random = Math.random, drainTimeoutMs = 5_000 } = options;
  const writer = createEventWriter(options);
  const limits = createTokenBuckets(RATE_LIMIT);
  const series = new Map<string, Series>();
  const queue: Series[] = [];
  const loggedMs = new Map<string, number>();
  /** Aborted when nothing is waited for any more, and when nothing is written any more. */
  const draining = new AbortController();
  const stopped = new AbortController();
  let worker: Promise<void> | undefined;

  function record(event: EventRecord): void {
    if (draining.signal.aborted) {
      drop('stopped');
      return;
    }
    const now = clock.monotonicMs();
    const key = keyOf(event);
    const known = series.get(key);
    if (known !== undefined && now - known.lastMs < SERIES_WINDOW_MS) {
      known.count += 1;
      known.last = clock.now();
      known.lastMs = now;
      const due = known.count === 2 || now - known.writtenMs >= SERIES_WRITE_INTERVAL_MS;
      if (due && !known.queued && limits.take(event.regarding.uid, now)) enqueue(known);
      return;
    }
    if (!limits.take(event.regarding.uid, now)) {
      drop('rate-limited');
      return;
    }
    enqueue(remember(key, event, now));
  }

  function remember(key: string, event: EventRecord, nowMs: number): Series {
    const date = clock.now();
    const created: Series = {
      key,
      // What is remembered for minutes may come from a message of a megabyte.
      record: { ...event, note: boundedNote(event.note) },
      reference: eventReference(event.regarding, randomBytes(8).toString('hex')),
      first: date,
      last: date,
      lastMs: nowMs,
      count: 1,
      writtenCount: 0,
      writtenMs: nowMs,
      queued: false,
    };
    series.set(key, created);
    if (series.size > MAX_SERIES) {
      for (const oldest of series.values()) {
        finish(oldest);
        break;
      }
    }
    return created;
  }

  function enqueue(item: Series): void {
    item.queued = true;
    queue.push(item);
    if (queue.length > MAX_QUEUED) abandon(queue.shift(), 'queue-full');
    worker ??= work();
  }

  /** Forgets a series; what the server does not know of it yet is written first. */
  function finish(item: Series): void {
    if (series.get(item.key) === item) series.delete(item.key);
    if (item.count > item.writtenCount && !item.queued) enqueue(item);
  }

  async function work(): Promise<void> {
    // Not within `record`: whoever calls that should not do this as well.
    await Promise.resolve();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      item.queued = false;
      // Nothing to tell where it was queued again while it was being written.
      if (item.count > item.writtenCount) await write(item);
    }
    worker = undefined;
  }

  async function write(item: Series): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await writer.write(item, stopped.signal);
        item.writtenMs = clock.monotonicMs();
        return;
      } catch (error) {
        const kind = classifyError(error);
        const again = kind === 'retry' || kind === 'conflict' || kind === 'unauthorized';
        if (!again || failures === MAX_TRIES || draining.signal.aborted) {
          abandon(item, stopped.signal.aborted ? 'stopped' : 'failed');
          // An object whose namespace is going needs no Events, and a leader's end is no failure.
          if (kind !== 'aborted' && kind !== 'terminating') logFailure(kind, item, error);
          return;
        }
        await clock
          .sleep(backoffMs(failures, BACKOFF, random), draining.signal)
          .catch(() => undefined);
      }
    }
  }

  function abandon(item: Series | undefined, reason: EventDropReason): void {
    if (item === undefined) return;
    item.queued = false;
    // The next one like it is to be a new Event, not an addition to one that never was.
    if (item.writtenCount === 0 && series.get(item.key) === item) series.delete(item.key);
    drop(reason);
  }

  function drop(reason: EventDropReason): void {
    options.onDropped?.(reason);
    if (reason === 'queue-full') {
      logSeldom('queue-full', () => {
        log.warn('Too many Events at once; the oldest are dropped', { limit: MAX_QUEUED });
      });
    }
  }

  function logFailure(kind: string, { reference, record: event }: Series, error: unknown): void {
    const { namespace } = reference;
    logSeldom(`${kind} ${namespace}`, () => {
      const hint =
        kind === 'forbidden'
          ? {
              hint: `grant the operator's service account create and patch on events.events.k8s.io in the namespace "${namespace}"`,
            }
          : {};
      const { kind: subject, name } = event.regarding;
      log.warn('Cannot write an Event', {
        regarding: `${subject}/${name}`,
        reason: event.reason,
        error,
        ...hint,
      });
    });
  }

  function logSeldom(kind: string, write: () => void): void {
    const now = clock.monotonicMs();
    const last = loggedMs.get(kind);
    if (last !== undefined && now - last < FAILURE_LOG_INTERVAL_MS) return;
    loggedMs.set(kind, now);
    write();
  }

  async function maintain(): Promise<void> {
    for (;;) {
      await clock.sleep(MAINTENANCE_INTERVAL_MS, draining.signal);
      const now = clock.monotonicMs();
      for (const item of series.values()) {
        if (now - item.lastMs >= SERIES_WINDOW_MS) finish(item);
        else if (
          item.count > item.writtenCount &&
          !item.queued &&
          now - item.writtenMs >= SERIES_WRITE_INTERVAL_MS
        ) {
          enqueue(item);
        }
      }
    }
  }

  async function drain(): Promise<void> {
    draining.abort();
    for (const item of series.values()) finish(item);
    const idle = worker ?? Promise.resolve();
    await withTimeout({ clock, ms: drainTimeoutMs }, () => idle).catch(() => {
      log.warn('Not all Events could be written before the end');
      stopped.abort();
    });
  }

  maintain().catch(() => undefined);
  let drained: Promise<void> | undefined;
  return { record, drain: () => (drained ??= drain()) };
}

function keyOf({ regarding, type, reason, action, note }: EventRecord): string {
  const { apiVersion, kind, namespace, name, uid } = regarding;
  const told = boundedNote(note);
  return JSON.stringify([apiVersion, kind, namespace, name, uid, type, reason, action, told]);
}
