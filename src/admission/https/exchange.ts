// SPDX-License-Identifier: Apache-2.0
// One request from its head to its answer: head, body, semaphore, handler; each within its bound.
// By callbacks, for each promise between body and answer is felt in the number of requests a second.
import type { AdmissionAnswer, AdmissionHandler, AdmissionPath } from '../handler.ts';
import { type Exchange, sendAnswer, sendRefusal } from './answer.ts';
import { type BodyBudget, type BodyClaim, createBodyBudget } from './body-budget.ts';
import type { Connection } from './connections.ts';
import type { HttpLimits } from './limits.ts';
import { type Refusal, REFUSALS, tooLarge } from './refusal.ts';
import { receiveBody } from './request-body.ts';
import { type AcceptedHead, decideByHead } from './request-head.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';

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
  /** `checkContinue`: the client waits for leave to send its body. */
  serve(exchange: Exchange, connection: Connection, expectation?: 'checkContinue'): void;
  /** From now on every answer is the last one on its connection. */
  drain(): void;
}

interface Parts {
  readonly handler: AdmissionHandler;
  readonly limits: HttpLimits;
  readonly bodies: BodyBudget;
  readonly semaphore: Semaphore;
}

/** What came of a request: an answer to send, or nobody there to send it to. */
type Outcome =
  | { readonly kind: 'answer'; readonly answer: AdmissionAnswer }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

const CLIENT_GONE = new Error('the client closed the connection');

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
    semaphore: createSemaphore(limits.maxInFlight, limits.maxWaiting),
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
    serve: (exchange, connection, expectation) => {
      const { request, response } = exchange;
      // What breaks one exchange is seen as its end; without a listener it would end the process.
      request.on('error', ignore);
      response.on('error', ignore);
      const isPipelined = connection.underWay() > 0;
      connection.requestStarted();
      const head = decideByHead(request, limits.maxBodyBytes);
      const observeEnd =
        head.path === undefined ? undefined : observer?.requestStarted?.(head.path);
      const finish = (outcome: Outcome): void => {
        connection.requestEnded();
        const code = send(exchange, outcome);
        observeEnd?.(code);
      };
      if (isPipelined) finish(refusal(REFUSALS.pipelined));
      else if (!head.accepted) finish(refusal(head.refusal));
      else {
        if (expectation === 'checkContinue') response.writeContinue();
        receive(parts, exchange, head, finish);
      }
    },
    drain: () => {
      draining = true;
    },
  };
}

function receive(
  parts: Parts,
  exchange: Exchange,
  head: AcceptedHead,
  done: (outcome: Outcome) => void,
): void {
  const { limits, bodies } = parts;
  const deadlineMs = performance.now() + head.workMs;
  receiveBody(
    exchange.request,
    {
      contentLength: head.contentLength,
      maxBytes: limits.maxBodyBytes,
      maxMs: Math.min(limits.bodyMs, head.workMs),
      budget: bodies,
    },
    (received) => {
      switch (received.kind) {
        case 'complete':
          work(parts, exchange, { ...received, path: head.path, deadlineMs }, done);
          return;
        case 'gone':
          done({ kind: 'gone' });
          return;
        case 'empty':
          done(refusal(REFUSALS.noBody));
          return;
        case 'not-utf8':
          done(refusal(REFUSALS.notUtf8));
          return;
        case 'too-large':
          done(refusal(tooLarge(limits.maxBodyBytes)));
          return;
        case 'too-slow':
          done(refusal(REFUSALS.tooSlow));
          return;
        case 'no-memory':
          done(refusal(REFUSALS.noMemory));
          return;
      }
    },
  );
}

interface Review {
  readonly path: AdmissionPath;
  readonly text: string;
  readonly claim: BodyClaim;
  readonly deadlineMs: number;
}

function work(
  { handler, semaphore, bodies }: Parts,
  { response }: Exchange,
  { path, text, claim, deadlineMs }: Review,
  done: (outcome: Outcome) => void,
): void {
  const abort = new AbortController();
  let isOver = false;
  let hasPermit = false;

  const finish = (outcome: Outcome): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    done(outcome);
  };
  // Not where the client goes: what nobody waits for any more still holds its permit and its memory.
  const leave = (): void => {
    bodies.release(claim);
    if (hasPermit) semaphore.release();
    hasPermit = false;
  };
  const start = (): void => {
    hasPermit = true;
    ask(handler, path, text, abort.signal).then(
      (answer) => {
        leave();
        finish({ kind: 'answer', answer });
      },
      () => {
        leave();
        finish(refusal(REFUSALS.broken));
      },
    );
  };
  const giveUp = (reason: Error): void => {
    abort.abort(reason);
    if (hasPermit) {
      setTimeout(() => {
        leave();
        finish(refusal(REFUSALS.noDecision));
      }, OVERTIME_MS).unref();
      return;
    }
    semaphore.cancel(start);
    leave();
    finish(refusal(REFUSALS.overloaded));
  };
  const deadline = setTimeout(() => {
    giveUp(new Error('there is no time left until the caller gives up'));
  }, deadlineMs - performance.now());
  response.on('close', () => {
    if (isOver) return;
    finish({ kind: 'gone' });
    giveUp(CLIENT_GONE);
  });
  if (semaphore.acquire(start) === 'full') {
    leave();
    finish(refusal(REFUSALS.overloaded));
  }
}

/** A handler neither throws nor rejects; if one does, that costs an answer and not the process. */
function ask(handler: AdmissionHandler, ...review: Parameters<AdmissionHandler>) {
  try {
    return handler(...review);
  } catch (error) {
    return Promise.reject(new Error('the handler threw', { cause: error }));
  }
}

function refusal(reason: Refusal): Outcome {
  return { kind: 'refusal', refusal: reason };
}

function ignore(): void {
  // See where it is used.
}
