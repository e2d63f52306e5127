// SPDX-License-Identifier: Apache-2.0
// The wire format of a watch: one JSON object a line, decoded from chunks that end anywhere.
import { ApiError, type ApiStatus } from '../client/api-error.ts';

/** An object as the API server sends it; only what every object has is known of it. */
export interface RawObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

/** One event of a watch. A bookmark's object holds nothing but a resourceVersion. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'BOOKMARK' | 'DELETED' | 'MODIFIED';
  readonly object: RawObject;
}

/**
 * A line longer than this is no object of Kubernetes (etcd takes 1.5 MiB, JSON escapes at most
 * make it six times as long): the stream is broken, or something else answers.
 */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Decodes the chunks of a watch's answer.
 * @throws ApiError for an ERROR event (410 when the resourceVersion is too old); SyntaxError for
 * what is no event.
 */
export async function* decodeWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncIterable<WatchEvent> {
  for await (const line of splitLines(chunks)) {
    const event = parseEvent(line, path);
    if (event.type === 'ERROR') {
      const status = event.object ?? {};
      throw new ApiError(`watch ${path}`, status.code ?? 500, status);
    }
    yield event;
  }
}

interface ErrorEvent {
  readonly type: 'ERROR';
  readonly object?: ApiStatus & { readonly code?: number };
}

/** A proxy's own JSON, or half of an object, must not pass for an event. */
function parseEvent(line: string, path: string): ErrorEvent | WatchEvent {
  const event = JSON.parse(line) as {
    readonly type?: unknown;
    readonly object?: { readonly metadata?: { readonly resourceVersion?: unknown } };
  } | null;
  const version = event?.object?.metadata?.resourceVersion;
  if (event?.type !== 'ERROR' && typeof version !== 'string') {
    throw new SyntaxError(`watch ${path}: a line is JSON but no watch event`);
  }
  return event as ErrorEvent | WatchEvent;
}

async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  // Bytes, not text: a character may be cut between two chunks, a line feed never is.
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    const rest = chunk.subarray(start);
    parts.push(rest);
    length += rest.length;
    if (length > MAX_LINE_BYTES) {
      throw new SyntaxError(`a watch event is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
  // What follows the last line feed was cut off with the connection; the next watch brings it again.
}
