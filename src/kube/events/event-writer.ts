// SPDX-License-Identifier: Apache-2.0
// Puts one Event on the server: as a new object, or as a further count of one that is there.
import { classifyError } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import {
  eventBody,
  eventPath,
  type EventRecord,
  type EventReference,
  type EventReporter,
  seriesBody,
} from './event-object.ts';

/** An Event, how often it happened, and what the server knows of that. */
export interface WritableEvent {
  readonly record: EventRecord;
  readonly reference: EventReference;
  readonly first: Date;
  last: Date;
  count: number;
  /** 0: the server has not got it. */
  writtenCount: number;
}

/** Writes Events; errors of the API server are thrown as they come. */
export interface EventWriter {
  write(event: WritableEvent, signal: AbortSignal): Promise<void>;
}

/** A writer for one reporter. */
export function createEventWriter({
  client,
  fieldManager,
  ...reporter
}: EventReporter & {
  readonly client: KubeClient;
  readonly fieldManager?: string;
}): EventWriter {
  async function write(event: WritableEvent, signal: AbortSignal): Promise<void> {
    const { count } = event;
    if (event.writtenCount > 0) await patchSeries(event, signal);
    // Also where the server had it, and it has expired (after an hour, by default).
    if (event.writtenCount === 0) await create(event, signal);
    event.writtenCount = count;
  }

  async function patchSeries(event: WritableEvent, signal: AbortSignal): Promise<void> {
    try {
      await client.request({
        method: 'PATCH',
        path: eventPath(event.reference),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body: seriesBody({ count: event.count, lastObserved: event.last }),
        signal,
      });
    } catch (error) {
      if (classifyError(error) !== 'not-found') throw error;
      event.writtenCount = 0;
    }
  }

  async function create(event: WritableEvent, signal: AbortSignal): Promise<void> {
    const { count, first, last, record, reference } = event;
    const series = count > 1 ? { count, lastObserved: last } : undefined;
    try {
      await client.request({
        method: 'POST',
        path: eventPath({ namespace: reference.namespace }),
        query: { fieldManager },
        body: eventBody(reference, record, reporter, { first, series }),
        signal,
      });
    } catch (error) {
      // Its name is random: what is there is ours, from a try whose answer was lost.
      if (classifyError(error) !== 'already-exists') throw error;
    }
  }

  return { write };
}
