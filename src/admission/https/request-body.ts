// SPDX-License-Identifier: Apache-2.0
// Reading the body of a request into the text of a review, within bounds of size, memory and time.
import { isUtf8 } from 'node:buffer';
import type { BodyBudget, BodyClaim } from './body-budget.ts';
import { reviewText } from './review-text.ts';

/** How it ended. */
export type ReceivedBody =
  /** `claim`: the memory of the text, to be released by whoever is done with it. */
  | { readonly kind: 'complete'; readonly text: string; readonly claim: BodyClaim }
  /** The budget of all bodies ran out. */
  | { readonly kind: 'no-memory' }
  /** The client went away. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'empty' | 'not-utf8' | 'too-large' | 'too-slow' };

/** What a body is read from: a request. */
export interface BodySource {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
}

/** Room for a body whose length is not known, at first; doubled as it grows. */
const FIRST_CAPACITY = 16 * 1024;

/**
 * Reads a body to its end, or to the first bound that it meets; what comes after that passes unread.
 * `contentLength`: what the client announces, to which the parser holds it. `done` is called once.
 */
export function receiveBody(
  source: BodySource,
  {
    contentLength,
    maxBytes,
    maxMs,
    budget,
  }: {
    readonly contentLength: number | undefined;
    readonly maxBytes: number;
    readonly maxMs: number;
    readonly budget: BodyBudget;
  },
  done: (received: ReceivedBody) => void,
): void {
  // A single chunk is taken as it is. More are copied together at once: a list of them would cost many
  // times their size where a client sends byte by byte.
  let body: Buffer | undefined;
  let length = 0;
  let settled = false;

  const settle = (received: ReceivedBody): void => {
    settled = true;
    body = undefined;
    clearTimeout(timer);
    if (received.kind !== 'complete') budget.release(claim);
    done(received);
  };
  const claim = budget.open(() => {
    settle({ kind: 'no-memory' });
  });
  const timer = setTimeout(() => {
    settle({ kind: 'too-slow' });
  }, maxMs);

  source.on('data', (chunk) => {
    if (settled) return;
    const needed = length + chunk.length;
    if (needed > maxBytes) {
      settle({ kind: 'too-large' });
      return;
    }
    if (body === undefined) {
      body = chunk;
      if (!budget.resize(claim, needed)) settle({ kind: 'no-memory' });
    } else if (needed <= body.length) {
      chunk.copy(body, length);
    } else {
      const capacity = Math.min(
        Math.max(2 * needed, FIRST_CAPACITY),
        Math.max(contentLength ?? maxBytes, needed),
      );
      if (budget.resize(claim, capacity)) {
        const larger = Buffer.allocUnsafe(capacity);
        body.copy(larger, 0, 0, length);
        chunk.copy(larger, length);
        body = larger;
      } else settle({ kind: 'no-memory' });
    }
    length = needed;
  });
  source.on('end', () => {
    if (settled) return;
    const whole = length === body?.length ? body : body?.subarray(0, length);
    if (whole === undefined) settle({ kind: 'empty' });
    else if (!isUtf8(whole)) settle({ kind: 'not-utf8' });
    else {
      budget.complete(claim);
      settle({ kind: 'complete', text: reviewText(whole), claim });
    }
  });
  source.on('close', () => {
    if (!settled) settle({ kind: 'gone' });
  });
}
