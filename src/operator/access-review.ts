// SPDX-License-Identifier: Apache-2.0
// Whether a service account may `use` a credspec, asked of the API server (SubjectAccessReview,
// authorization.k8s.io/v1). Identical questions in flight share one request; a yes is relied on for a few
// seconds and only while the access is as it was, a no never.
import { GROUP, PLURAL, VERSION } from '../api/credspec.ts';
import { withTimeout } from '../kube/wait/abort.ts';
import { classifyError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { type Clock, systemClock } from '../kube/wait/clock.ts';

/** Who asks to use what. */
export interface AccessReviewRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly credspec: { readonly name: string; readonly uid: string };
}

/** The API server's answer; `reason` where it gives one. */
export type AccessReviewResult =
  { readonly allowed: true } | { readonly allowed: false; readonly reason?: string | undefined };

/** Asks, and remembers. */
export interface AccessReviewer {
  /** @throws Error where the API server does not say in time; never an answer that it did not give. */
  authorize(request: AccessReviewRequest, signal: AbortSignal): Promise<AccessReviewResult>;
}

/** Answers that are kept; beyond that the oldest go. */
const MAX_KEPT = 10_000;

/** Below the time that the API server gives our webhook, so that there is an answer to be had. */
const TIMEOUT_MS = 3_000;

/** A reviewer. `ttlMs` 0: nothing is kept. */
export function createAccessReviewer(options: {
  readonly client: KubeClient;
  readonly ttlMs: number;
  /**
   * The state of what grants this access, as far as it is known. An answer that was asked for in another
   * state is not relied on.
   */
  readonly accessVersion?: (request: AccessReviewRequest) => string;
  readonly clock?: Clock;
}): AccessReviewer {
  const { client, ttlMs, accessVersion = () => '', clock = systemClock } = options;
  /** Until when an answer is relied on, by the monotonic clock. */
  const kept = new Map<string, number>();
  const inFlight = new Map<string, Promise<AccessReviewResult>>();

  async function authorize(
    request: AccessReviewRequest,
    signal: AbortSignal,
  ): Promise<AccessReviewResult> {
    signal.throwIfAborted();
    const { namespace, serviceAccount, credspec } = request;
    // The UID: a credspec that was deleted and made again is another one.
    const { name, uid } = credspec;
    const key = JSON.stringify([namespace, serviceAccount, name, uid, accessVersion(request)]);
    const keptUntilMs = kept.get(key);
    if (keptUntilMs !== undefined) {
      if (clock.monotonicMs() < keptUntilMs) return { allowed: true };
      kept.delete(key);
    }
    // Whoever gives up waiting leaves the request to the others who wait for it.
    const shared = inFlight.get(key) ?? ask(key, request);
    return Promise.race([shared, rejectionOf(signal)]);
  }

  async function ask(key: string, request: AccessReviewRequest): Promise<AccessReviewResult> {
    const review = withTimeout({ clock, ms: TIMEOUT_MS }, (signal) =>
      post(client, request, signal),
    );
    inFlight.set(key, review);
    try {
      const result = await review;
      if (result.allowed) keep(key);
      return result;
    } finally {
      inFlight.delete(key);
    }
  }

  function keep(key: string): void {
    if (ttlMs === 0) return;
    // In the order of their ends, oldest first.
    kept.delete(key);
    kept.set(key, clock.monotonicMs() + ttlMs);
    for (const [oldest, untilMs] of kept) {
      if (kept.size <= MAX_KEPT && clock.monotonicMs() < untilMs) break;
      kept.delete(oldest);
    }
  }

  return { authorize };
}

async function post(
  client: KubeClient,
  request: AccessReviewRequest,
  signal: AbortSignal,
): Promise<AccessReviewResult> {
  const send = () =>
    client.request<SubjectAccessReview>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: reviewOf(request),
      signal,
    });
  let review: SubjectAccessReview;
  try {
    review = await send();
  } catch (error) {
    // A kept connection that the server had just closed, or a moment of overload.
    if (signal.aborted || classifyError(error) !== 'retry') throw error;
    review = await send();
  }
  const { status } = review;
  // Anything but a plain yes is a no (authorization.k8s.io/v1: `denied` goes before `allowed`).
  if (status?.allowed === true && status.denied !== true) return { allowed: true };
  if (status === undefined) throw new Error('the API server answered a review without a status');
  return { allowed: false, reason: status.reason ?? status.evaluationError };
}

/** The user and groups that a pod's requests have (serviceaccount.UserInfo of kube-apiserver). */
function reviewOf({ namespace, serviceAccount, credspec }: AccessReviewRequest): object {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${serviceAccount}`,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace}`,
        'system:authenticated',
      ],
      resourceAttributes: {
        namespace,
        verb: 'use',
        group: GROUP,
        version: VERSION,
        resource: PLURAL,
        name: credspec.name,
      },
    },
  };
}

interface SubjectAccessReview {
  readonly status?: {
    readonly allowed?: boolean;
    readonly denied?: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      },
      { once: true },
    );
  });
}
