// SPDX-License-Identifier: Apache-2.0
// A token bucket per key: so many at once, then so many over time.

/** Buckets, made as keys come. */
export interface TokenBuckets {
  /** Takes a token; false where there is none left. */
  take(key: string, nowMs: number): boolean;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets that hold `burst` tokens, and get one back per `refillMs`. */
export function createTokenBuckets({
  burst,
  refillMs,
  maxKeys,
}: {
  readonly burst: number;
  readonly refillMs: number;
  /** The bucket that was used least recently is forgotten, and would start full. */
  readonly maxKeys: number;
}): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take(key, nowMs) {
      const { tokens, atMs } = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
      const available = Math.min(burst, tokens + (nowMs - atMs) / refillMs);
      const taken = available >= 1;
      // Deleted first: a Map keeps its keys in the order in which they came.
      buckets.delete(key);
      buckets.set(key, { tokens: taken ? available - 1 : available, atMs: nowMs });
      if (buckets.size > maxKeys) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      return taken;
    },
  };
}
