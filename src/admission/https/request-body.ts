// SPDX-License-Identifier: Apache-2.0
// Reading the body of a request, the text of a review, within bounds of size, structure, memory and time.
import { isUtf8 } from 'node:buffer';
import type { BodyBudget, BodyClaim } from './body-budget.ts';
import { type JsonStructure, measureJson } from './json-structure.ts';
import type { HttpLimits } from './limits.ts';
import {
  type Refusal,
  REFUSALS,
  tooDeep,
  tooLarge,
  tooManyNames,
  tooManyValues,
} from './refusal.ts';

/** How it ended. */
export type ReceivedBody =
  | CompleteBody
  /** The body exceeds a bound, or is not the text of anything. */
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  /** The client went away. */
  | { readonly kind: 'gone' };

/** A body that arrived. */
export interface CompleteBody {
  readonly kind: 'complete';
  /** Valid UTF-8. */
  readonly bytes: Buffer;
  readonly structure: JsonStructure;
  /** The memory of the bytes, which the caller releases when its work ends. */
  readonly claim: BodyClaim;
}

/** What a body is read from: a request. */
export interface BodySource {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
}

/** Room for a body that comes in more than one chunk, at first; doubled as it grows. */
const FIRST_CAPACITY = 16 * 1024;

/** A client that has sent so much gets room for all that it has announced: growing on would cost as much again. */
const TRUSTED_LENGTH = 256 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Reads a body to its end, or to the first bound that it meets; what comes after that passes unread.
 * `contentLength`: what the client announces, to which the parser holds it.
 */
export function receiveBody(
  source: BodySource,
  {
    contentLength,
    limits: { maxBodyBytes: maxBytes, maxJsonValues, maxJsonNames, maxJsonDepth },
    maxMs,
    budget,
  }: {
    readonly contentLength: number | undefined;
    readonly limits: Pick<
      HttpLimits,
      'maxBodyBytes' | 'maxJsonValues' | 'maxJsonNames' | 'maxJsonDepth'
    >;
    readonly maxMs: number;
    readonly budget: BodyBudget;
  },
): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    // One buffer: a list of chunks would cost many times their size when a client sends byte by byte.
    let body: Buffer = NOTHING;
    let length = 0;
    let isSettled = false;

    const settle = (received: ReceivedBody): void => {
      isSettled = true;
      body = NOTHING;
      clearTimeout(timer);
      if (received.kind !== 'complete') budget.release(claim);
      resolve(received);
    };
    const refuse = (refusal: Refusal): void => {
      settle({ kind: 'refusal', refusal });
    };
    const claim = budget.open(() => {
      refuse(REFUSALS.noMemory);
    });
    const timer = setTimeout(refuse, maxMs, REFUSALS.tooSlow);

    /** False if there is no memory for it. */
    const makeRoom = (needed: number): boolean => {
      const most = Math.max(contentLength ?? maxBytes, needed);
      const wanted = needed > TRUSTED_LENGTH && contentLength !== undefined ? most : 2 * needed;
      const roomy = Math.min(Math.max(wanted, FIRST_CAPACITY), most);
      // Most bodies are a single chunk.
      const capacity = length === 0 ? needed : roomy;
      if (!budget.resize(claim, capacity)) return false;
      const larger = Buffer.allocUnsafe(capacity);
      body.copy(larger, 0, 0, length);
      body = larger;
      return true;
    };

    source.on('data', (chunk) => {
      if (isSettled) return;
      const needed = length + chunk.length;
      if (needed > maxBytes) refuse(tooLarge(maxBytes));
      else if (needed > body.length && !makeRoom(needed)) refuse(REFUSALS.noMemory);
      else {
        chunk.copy(body, length);
        length = needed;
      }
    });
    source.on('end', () => {
      if (isSettled) return;
      const bytes = body.subarray(0, length);
      const structure = measureJson(bytes);
      if (length === 0) refuse(REFUSALS.noBody);
      else if (!isUtf8(bytes)) refuse(REFUSALS.notUtf8);
      else if (structure.values > maxJsonValues) refuse(tooManyValues(maxJsonValues));
      else if (structure.names > maxJsonNames) refuse(tooManyNames(maxJsonNames));
      else if (structure.depth > maxJsonDepth) refuse(tooDeep(maxJsonDepth));
      else {
        budget.complete(claim);
        settle({ kind: 'complete', bytes, structure, claim });
      }
    });
    source.on('close', () => {
      if (!isSettled) settle({ kind: 'gone' });
    });
  });
}
