// SPDX-License-Identifier: Apache-2.0
// One request from its head to its answer: head, body, semaphore, handler, answer; each within its bound.
import type { AdmissionAnswer, AdmissionHandler, AdmissionPath } from '../handler.ts';
import { type Exchange, sendAnswer, sendRefusal } from './answer.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import type { Connection, OpenRequest } from './connections.ts';
import { waitingCaller } from './deadline.ts';
import type { HttpLimits } from './limits.ts';
import { type Refusal, REFUSALS } from './refusal.ts';
import { type CompleteBody, receiveBody } from './request-body.ts';
import { type AcceptedHead, decideByHead } from './request-head.ts';
import type { JsonStructure } from './json-structure.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';
import { createTurns, type Turns } from './turns.ts';

/** Told of each request for one of our paths. */
export interface RequestObserver {
  /**
   * A request has begun. What it returns is called once, at its end, with the HTTP status code of the
   * answer, or with `CLIENT_CLOSED_REQUEST`.
   */
  requestStarted(path: AdmissionPath): (httpCode: number) => void;
}

/** Where the client went away before its answer: no code of HTTP's own, but of many servers since nginx. */
export const CLIENT_CLOSED_REQUEST = 499;

/** Answers requests. */
export interface Exchanges {
  /** Never rejects. `checkContinue`: the client waits for permission to send its body. */
  serve(exchange: Exchange, connection: Connection, expectation?: 'checkContinue'): Promise<void>;
  /** From now on every answer is the last one on its connection. */
  drain(): void;
}

interface Parts {
  readonly handler: AdmissionHandler;
  readonly limits: HttpLimits;
  readonly bodies: BodyBudget;
  readonly semaphore: Semaphore;
  readonly turns: Turns;
}

/** What came of a request: an answer to send, or nobody there to send it to. */
type Outcome =
  | { readonly kind: 'answer'; readonly answer: AdmissionAnswer }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

/** Of memory, for the values for which a parser takes most. */
const BYTES_PER_VALUE = 64;

/** Work that takes more memory than this also takes more than a millisecond or two. */
const LARGE_BYTES = 512 * 1024;

/** A handler that takes no notice of its signal is not waited for any longer than that. */
const OVERTIME_MS = 1_000;

/** Answers requests with the decisions of `handler`. */
export function createExchanges({
  handler,
  limits,
  observer,
}: {
  readonly handler: AdmissionHandler;
  readonly limits: HttpLimits;
  readonly observer?: Partial<RequestObserver> | undefined;
}): Exchanges {
  const parts: Parts = {
    handler,
    limits,
    bodies: createBodyBudget(limits.maxBufferedBytes),
    semaphore: createSemaphore({
      permits: limits.maxInFlight,
      maxBytes: limits.maxParsedBytes,
      maxWaiting: limits.maxWaiting,
    }),
    turns: createTurns(),
  };
  let draining = false;

  const send = (exchange: Exchange, outcome: Outcome): number => {
    const afterwards = draining ? 'close' : 'keep-alive';
    switch (outcome.kind) {
      case 'answer':
        sendAnswer(exchange, outcome.answer, afterwards);
        return outcome.answer.code;
      case 'refusal':
        sendRefusal(exchange, outcome.refusal, afterwards, limits.lingerMs);
        return outcome.refusal.code;
      case 'gone':
        return CLIENT_CLOSED_REQUEST;
    }
  };

  return {
    serve: async (exchange, connection, expectation) => {
      const { request, response } = exchange;
      // What breaks one exchange is seen as its end; without a listener it would end the process.
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      const isPipelined = connection.underWay() > 0;
      const open = connection.beginRequest();
      const head = decideByHead(request, limits.maxBodyBytes);
      const observeEnd =
        head.path === undefined ? undefined : observer?.requestStarted?.(head.path);
      let outcome: Outcome;
      if (isPipelined) outcome = refusal(REFUSALS.pipelined);
      else if (!head.accepted) outcome = refusal(head.refusal);
      else {
        if (expectation === 'checkContinue') response.writeContinue();
        outcome = await review(parts, exchange, head, open);
      }
      const isReview = outcome.kind === 'answer' && outcome.answer.code === 200;
      open.end(isReview ? 'review' : 'other');
      const code = send(exchange, outcome);
      observeEnd?.(code);
    },
    drain: () => {
      draining = true;
    },
  };
}

/** Receives the body, and waits for the work on it as long as the client does. */
async function review(
  parts: Parts,
  { request, response }: Exchange,
  { path, contentLength, workMs }: AcceptedHead,
  open: OpenRequest,
): Promise<Outcome> {
  const { limits, bodies: budget } = parts;
  const deadlineMs = performance.now() + workMs;
  const maxMs = Math.min(limits.bodyMs, workMs);
  const body = await receiveBody(request, { contentLength, limits, maxMs, budget });
  if (body.kind !== 'complete') return body;
  open.bodyReceived();

  const { signal, gone, stop } = waitingCaller(response, deadlineMs - performance.now());
  const outcome = await Promise.race([work(parts, path, body, signal), gone]);
  stop();
  return outcome;
}

/**
 * Asks the handler once there is a permit. Permit and memory are held until the work ends, also if the client has gone
 * by then: work that nobody waits for still costs both.
 */
async function work(
  { handler, semaphore, turns, bodies }: Parts,
  path: AdmissionPath,
  { bytes, structure, claim }: CompleteBody,
  signal: AbortSignal,
): Promise<Outcome> {
  const parsedBytes = estimateParsedBytes(bytes.length, structure);
  try {
    if (!(await semaphore.acquire(parsedBytes, signal))) return refusal(REFUSALS.overloaded);
    try {
      if (parsedBytes > LARGE_BYTES) await turns.next();
      const text = bytes.toString('utf8');
      const answer = await Promise.race([handler(path, text, signal), overtime(signal)]);
      return answer === 'overtime' ? refusal(REFUSALS.noDecision) : { kind: 'answer', answer };
    } catch {
      // A handler neither throws nor rejects; if one does, that costs an answer and not the process.
      return refusal(REFUSALS.broken);
    } finally {
      semaphore.release(parsedBytes);
    }
  } finally {
    bodies.release(claim);
  }
}

/** The memory that the work on a body takes at most: its text and the parsed strings, two bytes a character, and values. */
function estimateParsedBytes(bytes: number, { values }: JsonStructure): number {
  return 4 * bytes + BYTES_PER_VALUE * values;
}

/** Resolves `OVERTIME_MS` after the signal aborts. */
function overtime(signal: AbortSignal): Promise<'overtime'> {
  return new Promise((resolve) => {
    const start = (): void => {
      setTimeout(resolve, OVERTIME_MS, 'overtime').unref();
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start);
  });
}

function refusal(reason: Refusal): Outcome {
  return { kind: 'refusal', refusal: reason };
}
