// SPDX-License-Identifier: Apache-2.0
// Admission's authorizer: whether a service account is allowed to `use` a credspec, as the API server decides
// it. Identical reviews in flight share one request. An allowed decision is cached for a few seconds and only
// while the access is as it was; a denied one never.
import type { Authorization, AuthorizationRequest, Authorizer } from '../admission/ports.ts';
import { GROUP, PLURAL, VERSION } from '../api/credspec.ts';
import { reviewAccess } from '../kube/client/access-review.ts';
import { classifyError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { rejection, withTimeout } from '../kube/wait/abort.ts';
import { type Clock, systemClock } from '../kube/wait/clock.ts';

/** Decisions that are cached; beyond that the oldest go. */
const MAX_CACHED = 10_000;

/** Below the time that the API server gives our webhook, so that there is an answer to be had. */
const TIMEOUT_MS = 3_000;

/**
 * An authorizer. It throws if the API server does not decide in time.
 * @param options.ttlMs 0: nothing is cached.
 */
export function createAuthorizer(options: {
  readonly client: Pick<KubeClient, 'request'>;
  readonly ttlMs: number;
  /**
   * The state of what grants this access, as far as it is known. A decision that was asked for in another
   * state is not relied on.
   */
  readonly accessVersion?: (request: AuthorizationRequest) => string;
  readonly clock?: Clock;
}): Authorizer {
  const { client, ttlMs, accessVersion = () => '', clock = systemClock } = options;
  /** Until when an allowed decision is relied on, by the monotonic clock. */
  const allowedUntilMs = new Map<string, number>();
  const inFlight = new Map<string, Promise<Authorization>>();

  async function authorize(
    request: AuthorizationRequest,
    signal: AbortSignal,
  ): Promise<Authorization> {
    signal.throwIfAborted();
    const { namespace, serviceAccount, credspec } = request;
    // The UID: a credspec that was deleted and made again is another one.
    const { name, uid } = credspec;
    const key = JSON.stringify([namespace, serviceAccount, name, uid, accessVersion(request)]);
    const untilMs = allowedUntilMs.get(key);
    if (untilMs !== undefined && clock.monotonicMs() < untilMs) return { allowed: true };
    // Whoever gives up waiting leaves the request to the others who wait for it.
    return Promise.race([inFlight.get(key) ?? review(key, request), rejection(signal)]);
  }

  async function review(key: string, request: AuthorizationRequest): Promise<Authorization> {
    const decision = withTimeout({ clock, ms: TIMEOUT_MS }, (signal) =>
      reviewUse(client, request, signal),
    );
    inFlight.set(key, decision);
    try {
      const result = await decision;
      if (result.allowed && ttlMs > 0) cache(key);
      return result;
    } finally {
      inFlight.delete(key);
    }
  }

  function cache(key: string): void {
    // In the order of their ends, oldest first.
    allowedUntilMs.delete(key);
    allowedUntilMs.set(key, clock.monotonicMs() + ttlMs);
    for (const [oldest, untilMs] of allowedUntilMs) {
      if (allowedUntilMs.size <= MAX_CACHED && clock.monotonicMs() < untilMs) break;
      allowedUntilMs.delete(oldest);
    }
  }

  return { authorize };
}

async function reviewUse(
  client: Pick<KubeClient, 'request'>,
  { namespace, serviceAccount, credspec }: AuthorizationRequest,
  signal: AbortSignal,
): Promise<Authorization> {
  const send = () =>
    reviewAccess(
      client,
      { namespace, name: serviceAccount },
      {
        namespace,
        verb: 'use',
        group: GROUP,
        version: VERSION,
        resource: PLURAL,
        name: credspec.name,
      },
      signal,
    );
  try {
    return await send();
  } catch (error) {
    // A kept connection that the server had just closed, or a moment of overload.
    if (signal.aborted || classifyError(error) !== 'retry') throw error;
    return send();
  }
}
