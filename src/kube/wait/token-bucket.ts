// SPDX-License-Identifier: Apache-2.0
// A rate limit: so many at once, then so many over time.

/** Tokens to be taken. */
export interface TokenBucket {
  /** Takes a token; false if none is left. `nowMs` is a monotonic clock. */
  take(nowMs: number): boolean;
}

/** A bucket that starts with `burst` tokens, holds no more than that, and gets one back per `refillMs`. */
export function createTokenBucket({
  burst,
  refillMs,
}: {
  readonly burst: number;
  readonly refillMs: number;
}): TokenBucket {
  let tokens = burst;
  let atMs: number | undefined;
  return {
    take(nowMs) {
      tokens = Math.min(burst, tokens + (nowMs - (atMs ?? nowMs)) / refillMs);
      atMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
