// SPDX-License-Identifier: Apache-2.0
// The wire format of a watch: one JSON object a line, decoded from chunks that end anywhere.
import { ApiError, type ApiStatus } from './api-error.ts';

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
 * what is no JSON.
 */
export async function* decodeWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncIterable<WatchEvent> {
  for await (const line of splitLines(chunks)) {
    const event = JSON.parse(line) as WatchEvent | { type: 'ERROR'; object: ErrorStatus };
    if (event.type === 'ERROR') {
      throw new ApiError(`watch ${path}`, event.object.code ?? 500, event.object);
    }
    yield event;
  }
}

interface ErrorStatus extends ApiStatus {
  readonly code?: number;
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
