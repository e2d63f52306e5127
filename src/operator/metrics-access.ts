// SPDX-License-Identifier: Apache-2.0
// Who may read the metrics where they are protected (`--metrics-secure`): whoever the API server knows by a bearer token
// and lets `get` the path /metrics, as with other operators (controller-runtime's filters.WithAuthenticationAndAuthorization).
import { createHash } from 'node:crypto';
import { reviewUserAccess } from '../kube/client/access-review.ts';
import { errorMessage } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { reviewToken } from '../kube/client/token-review.ts';
import { withTimeout } from '../kube/wait/abort.ts';
import { type Clock, systemClock } from '../kube/wait/clock.ts';
import { createTokenBucket } from '../kube/wait/token-bucket.ts';
import type { Logger } from '../observability/logger.ts';
import type { MetricsAccess, MetricsReaders } from '../observability/metrics-server.ts';

/** How long a yes is relied on. A token that is revoked reads metrics for as long. */
const ALLOWED_MS = 60_000;

/** Tokens that are remembered; beyond that the oldest go. A cluster has a Prometheus or two. */
const MAX_REMEMBERED = 100;

/** Of unknown tokens. Whoever reaches the port can cause reviews; the API server has others to serve. */
const REVIEW_LIMIT = { burst: 20, refillMs: 200 };

/** Below the time that Prometheus waits for a page. */
const TIMEOUT_MS = 5_000;

const WARN_LIMIT = { burst: 1, refillMs: 60_000 };

/** Nobody is known yet. */
export function createMetricsReaders({
  client,
  log,
  clock = systemClock,
}: {
  readonly client: Pick<KubeClient, 'request'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly clock?: Clock;
}): MetricsReaders {
  /**
   * Until when a token is relied on, by its hash and the monotonic clock; oldest first. Afterwards it is reviewed again, and
   * without the limit: nobody who sends other tokens keeps its owner from the metrics.
   */
  const allowedUntilMs = new Map<string, number>();
  const reviews = createTokenBucket(REVIEW_LIMIT);
  const warnings = createTokenBucket(WARN_LIMIT);

  async function review(token: string, signal: AbortSignal): Promise<MetricsAccess> {
    const user = await reviewToken(client, token, signal);
    if (user === undefined) return 'unauthenticated';
    const nonResourceAttributes = { path: '/metrics', verb: 'get' };
    const { allowed } = await reviewUserAccess(client, user, { nonResourceAttributes }, signal);
    return allowed ? 'allowed' : 'forbidden';
  }

  function remember(key: string): void {
    allowedUntilMs.delete(key);
    allowedUntilMs.set(key, clock.monotonicMs() + ALLOWED_MS);
    for (const oldest of allowedUntilMs.keys()) {
      if (allowedUntilMs.size <= MAX_REMEMBERED) break;
      allowedUntilMs.delete(oldest);
    }
  }

  return async (authorization = '') => {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return 'unauthenticated';
    const key = createHash('sha256').update(token).digest('base64');
    const untilMs = allowedUntilMs.get(key);
    if (untilMs !== undefined && clock.monotonicMs() < untilMs) return 'allowed';
    if (untilMs === undefined && !reviews.take(clock.monotonicMs())) return 'too-many-reviews';
    try {
      const access = await withTimeout({ clock, ms: TIMEOUT_MS }, (signal) =>
        review(token, signal),
      );
      if (access === 'allowed') remember(key);
      else allowedUntilMs.delete(key);
      return access;
    } catch (error) {
      if (warnings.take(clock.monotonicMs())) {
        log.warn('Cannot find out who may read the metrics', { error: errorMessage(error) });
      }
      return 'undecided';
    }
  };
}
