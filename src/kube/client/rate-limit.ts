// SPDX-License-Identifier: Apache-2.0
// A client-side rate limit, as client-go's QPS and burst.
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from '../wait/clock.ts';

/** The requests of a client; it has no watches. */
export type RateLimitedClient = Pick<KubeClient, 'request'>;

/**
 * Sends at most `qps` requests a second over time, and `burst` more at once. A request above that waits for its turn,
 * in the order of the calls, and is rejected as soon as its signal is aborted.
 */
export function rateLimited(
  client: RateLimitedClient,
  {
    qps,
    burst,
    clock = systemClock,
  }: { readonly qps: number; readonly burst: number; readonly clock?: Clock },
): RateLimitedClient {
  const intervalMs = 1_000 / qps;
  // When the next request would be sent if there were no burst.
  let nextMs = -Infinity;
  return {
    request: async (request) => {
      const nowMs = clock.monotonicMs();
      nextMs = Math.max(nextMs, nowMs) + intervalMs;
      const waitMs = nextMs - nowMs - burst * intervalMs;
      if (waitMs > 0) await clock.sleep(waitMs, request.signal);
      return client.request(request);
    },
  };
}
