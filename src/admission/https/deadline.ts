// SPDX-License-Identifier: Apache-2.0
// How long a caller waits for the answer: API servers write it into the query, `?timeout=5s`.

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
  // A webhook's queries are all the same.
  if (query !== lastQuery) {
    lastWorkTimeMs = readWorkTimeMs(query);
    lastQuery = query;
  }
  return lastWorkTimeMs;
}

let lastQuery: string | undefined;
let lastWorkTimeMs = 0;

function readWorkTimeMs(query: string): number {
  const [, text = ''] = TIMEOUT.exec(query) ?? [];
  const timeoutMs = Math.min(durationMs(text) ?? DEFAULT_MS, MAX_MS);
  const marginMs = Math.min(Math.max(timeoutMs / 10, MIN_MARGIN_MS), MAX_MARGIN_MS);
  return Math.max(timeoutMs - marginMs, 1);
}

function durationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit = ''] of text.matchAll(TERM)) {
    total += Number(number) * (UNITS_MS[unit] ?? 0);
  }
  return total > 0 ? total : undefined;
}
