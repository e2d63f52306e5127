// SPDX-License-Identifier: Apache-2.0
// The log of requests to the admission server. Whoever reaches the port can cause a line as often as they like, so each
// message is written at a bounded rate; metrics count all requests.
import { type Clock, systemClock } from '../kube/wait/clock.ts';
import { createTokenBucket, type TokenBucket } from '../kube/wait/token-bucket.ts';
import type { LogFields, Logger, LogLevel } from '../observability/logger.ts';

/** Writes a line, or leaves it out if there were too many of this message. */
export type RequestLog = (level: LogLevel, message: string, fields: LogFields) => void;

/** Lines of one message: so many at once, then ten a second. A person cannot read more. */
const RATE_LIMIT = { burst: 100, refillMs: 100 };

/** A log that has written nothing yet. A line says in `suppressed` how many of its message came before it and were left out. */
export function createRequestLog(log: Logger, clock: Clock = systemClock): RequestLog {
  const messages = new Map<string, { readonly bucket: TokenBucket; suppressed: number }>();
  return (level, message, fields) => {
    const key = `${level} ${message}`;
    const state = messages.get(key) ?? { bucket: createTokenBucket(RATE_LIMIT), suppressed: 0 };
    messages.set(key, state);
    if (!state.bucket.take(clock.monotonicMs())) {
      state.suppressed += 1;
      return;
    }
    const { suppressed } = state;
    state.suppressed = 0;
    log[level](message, suppressed === 0 ? fields : { ...fields, suppressed });
  };
}
