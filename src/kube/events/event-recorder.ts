// SPDX-License-Identifier: Apache-2.0
// Reports what happens to objects as Kubernetes Events: in the background, in order, and never so many that they
// do harm. Callers report changes, not states, so a repetition is rare and is dropped instead of counted. An
// Event is a courtesy; whatever goes wrong with one, nobody waits for it.
import { randomBytes } from 'node:crypto';
import { classifyError } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import type { Logger } from '../logger.ts';
import { withTimeout } from '../wait/abort.ts';
import { backoffMs } from '../wait/backoff.ts';
import { type Clock, systemClock } from '../wait/clock.ts';
import { createTokenBucket } from '../wait/token-bucket.ts';
import {
  boundedNote,
  eventBody,
  eventReference,
  type EventRecord,
  type EventReporter,
  eventsPath,
} from './event-object.ts';

export type { EventRecord, EventSubject } from './event-object.ts';

/** Why an Event was not written. */
export type EventDropReason = 'failed' | 'queue-full' | 'stopped';

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

/** Of writes. An API server keeps Events for an hour: with this at most 37,000 of ours, about 40 MB. */
const RATE_LIMIT = { burst: 1_000, refillMs: 100 };

/** An Event that repeats one of the last six minutes is not written; client-go's window. */
const REPETITION_WINDOW_MS = 6 * 60_000;

/** Events and objects that are remembered to know a repetition; client-go's. */
const MAX_REMEMBERED = 4_096;

/** client-go's: beyond that, the oldest go. */
const MAX_QUEUED = 1_000;

/** client-go's: with the back-off below about four minutes of outage are outlived. */
const MAX_TRIES = 12;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };

/** One kind of failure is logged this often. */
const FAILURE_LOG_INTERVAL_MS = 10 * 60_000;

/** An Event as it is sent, in each try the same. */
interface QueuedEvent {
  readonly record: EventRecord;
  readonly namespace: string;
  readonly body: unknown;
}

/** A recorder that works until it is drained. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, fieldManager, log, onDropped = () => undefined } = options;
  const { clock = systemClock, random = Math.random, drainTimeoutMs = 5_000 } = options;
  const rateLimit = createTokenBucket(RATE_LIMIT);
  const queue: QueuedEvent[] = [];
  /** Until when an Event like this one is a repetition, by the monotonic clock. */
  const repeatedUntilMs = new Map<string, number>();
  /** By UID: the reason of the Event that was recorded last about an object. */
  const lastReason = new Map<string, string>();
  const loggedMs = new Map<string, number>();
  /** Aborted when nothing is waited for any more, and when nothing is written any more. */
  const draining = new AbortController();
  const stopped = new AbortController();
  let worker: Promise<void> | undefined;

  function record(event: EventRecord): void {
    if (draining.signal.aborted) {
      onDropped('stopped');
      return;
    }
    if (isRepetition(event)) return;
    remember(repeatedUntilMs, keyOf(event), clock.monotonicMs() + REPETITION_WINDOW_MS);
    remember(lastReason, event.regarding.uid, event.reason);
    const reference = eventReference(event.regarding, randomBytes(8).toString('hex'));
    queue.push({
      record: event,
      namespace: reference.namespace,
      body: eventBody(reference, event, options, clock.now()),
    });
    if (queue.length > MAX_QUEUED) {
      abandon(queue.shift(), 'queue-full');
      logSeldom('queue-full', () => {
        log.warn('Too many Events at once; the oldest are dropped', { limit: MAX_QUEUED });
      });
    }
    worker ??= work();
  }

  /** What comes again after something else happened to the object is news: it tells how the object is now. */
  function isRepetition(event: EventRecord): boolean {
    const untilMs = repeatedUntilMs.get(keyOf(event)) ?? -Infinity;
    return clock.monotonicMs() < untilMs && lastReason.get(event.regarding.uid) === event.reason;
  }

  async function work(): Promise<void> {
    // Not within `record`: whoever calls that should not do this as well.
    await Promise.resolve();
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      await write(event);
      while (!rateLimit.take(clock.monotonicMs()) && !draining.signal.aborted) {
        await clock.sleep(RATE_LIMIT.refillMs, draining.signal).catch(() => undefined);
      }
    }
    worker = undefined;
  }

  async function write(event: QueuedEvent): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await create(event);
        return;
      } catch (error) {
        const kind = classifyError(error);
        const again = kind === 'retry' || kind === 'conflict' || kind === 'unauthorized';
        if (!again || failures === MAX_TRIES || draining.signal.aborted) {
          abandon(event, stopped.signal.aborted ? 'stopped' : 'failed');
          // An object whose namespace is going needs no Events, and a leader's end is no failure.
          if (kind !== 'aborted' && kind !== 'terminating') logFailure(kind, event, error);
          return;
        }
        await clock
          .sleep(backoffMs(failures, BACKOFF, random), draining.signal)
          .catch(() => undefined);
      }
    }
  }

  async function create({ namespace, body }: QueuedEvent): Promise<void> {
    try {
      await client.request({
        method: 'POST',
        path: eventsPath(namespace),
        query: { fieldManager },
        body,
        signal: stopped.signal,
      });
    } catch (error) {
      // Its name is random: what is there is ours, from a try whose answer was lost.
      if (classifyError(error) !== 'already-exists') throw error;
    }
  }

  function abandon(event: QueuedEvent | undefined, reason: EventDropReason): void {
    if (event === undefined) return;
    // The next one like it repeats nothing that anybody could read.
    repeatedUntilMs.delete(keyOf(event.record));
    onDropped(reason);
  }

  function logFailure(
    kind: string,
    { namespace, record: event }: QueuedEvent,
    error: unknown,
  ): void {
    logSeldom(`${kind} ${namespace}`, () => {
      const hint =
        kind === 'forbidden'
          ? {
              hint: `grant the operator's service account create on events.events.k8s.io in the namespace "${namespace}"`,
            }
          : {};
      log.warn('Cannot write an Event', {
        regarding: `${event.regarding.kind}/${event.regarding.name}`,
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

  async function drain(): Promise<void> {
    draining.abort();
    const idle = worker ?? Promise.resolve();
    await withTimeout({ clock, ms: drainTimeoutMs }, () => idle).catch(() => {
      log.warn('Not all Events could be written before the end');
      stopped.abort();
    });
  }

  let drained: Promise<void> | undefined;
  return { record, drain: () => (drained ??= drain()) };
}

/** What makes two Events the same to their reader. */
function keyOf({ regarding, type, reason, action, note }: EventRecord): string {
  return JSON.stringify([regarding.uid, type, reason, action, boundedNote(note)]);
}

/** Sets a value, and forgets the key that was set longest ago where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
