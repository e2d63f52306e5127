// SPDX-License-Identifier: Apache-2.0
// How long a caller waits for the answer: API servers write it into the query, `?timeout=5s`.
import type { ServerResponse } from 'node:http';

/** The API server's own default of a webhook's `timeoutSeconds`. */
const DEFAULT_MS = 10_000;

/** The most that a webhook's `timeoutSeconds` may be; whoever says more gets no more. */
const MAX_MS = 30_000;

/** The answer has to be written and to travel: a tenth of the time, but not less and not more than that. */
const MIN_MARGIN_MS = 50;
const MAX_MARGIN_MS = 500;

const TIMEOUT = /(?:^|&)timeout=([^&]*)/;

/** The units in which Go writes durations of a millisecond and more. */
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;
const TERM = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;

/**
 * Milliseconds within which a request should be answered so that its caller still hears it; `query` is
 * what follows the `?` of its URL. A query without a `timeout`, or with one that is no duration, counts as
 * the API server's default.
 */
export function workTimeMs(query: string): number {
  const [, text = ''] = TIMEOUT.exec(query) ?? [];
  const timeoutMs = Math.min(durationMs(text) ?? DEFAULT_MS, MAX_MS);
  const marginMs = Math.min(Math.max(timeoutMs / 10, MIN_MARGIN_MS), MAX_MARGIN_MS);
  return Math.max(timeoutMs - marginMs, 1);
}

/** A caller that waits for its answer. */
export interface WaitingCaller {
  /** Aborts at the deadline, and when the caller goes away. */
  readonly signal: AbortSignal;
  /** Resolves when the caller goes away. */
  readonly gone: Promise<{ readonly kind: 'gone' }>;
  /** Ends both, as soon as there is an answer. */
  readonly stop: () => void;
}

/** The caller behind a response; its deadline is `ms` away. */
export function waitingCaller(
  response: Pick<ServerResponse, 'once' | 'off'>,
  ms: number,
): WaitingCaller {
  const abort = new AbortController();
  const { promise: gone, resolve } = Promise.withResolvers<{ readonly kind: 'gone' }>();
  const deadline = setTimeout(() => {
    abort.abort(new Error('there is no time left until the caller gives up'));
  }, ms);
  const onClose = (): void => {
    abort.abort(new Error('the client closed the connection'));
    resolve({ kind: 'gone' });
  };
  response.once('close', onClose);
  return {
    signal: abort.signal,
    gone,
    stop: () => {
      clearTimeout(deadline);
      response.off('close', onClose);
    },
  };
}

function durationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit = ''] of text.matchAll(TERM)) {
    total += Number(number) * (UNITS_MS[unit] ?? 0);
  }
  return total > 0 ? total : undefined;
}
