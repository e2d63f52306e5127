// SPDX-License-Identifier: Apache-2.0
// Waiting when an overloaded API server asks to.
import { ApiError } from './api-error.ts';
import type { ApiRequest, KubeClient } from './client.ts';
import { sleep } from '../wait/clock.ts';

/** Times a request is repeated because the server asked to; client-go's is 10. */
const MAX_RETRIES = 3;

/** A longer `Retry-After` is the work queue's to wait for, not a held-up worker's. */
const MAX_RETRY_AFTER_SECONDS = 5;

/**
 * A client that repeats requests which were answered with 429 or 503 and a short `Retry-After`: the
 * server did not begin them. Goes around a fenced client, not inside it: every repetition is a write
 * that leadership is asserted for anew. `signal` ends the waiting of requests without one of their own.
 */
export function retryAfterClient(client: KubeClient, signal?: AbortSignal): KubeClient {
  return {
    ...client,
    async request<T>(request: ApiRequest): Promise<T> {
      for (let attempt = 0; ; attempt++) {
        try {
          return await client.request<T>(request);
        } catch (error) {
          const seconds = attempt < MAX_RETRIES ? secondsToWait(error) : undefined;
          if (seconds === undefined) throw error;
          await sleep(seconds * 1000, request.signal ?? signal);
        }
      }
    },
  };
}

function secondsToWait(error: unknown): number | undefined {
  if (!(error instanceof ApiError) || (error.code !== 429 && error.code !== 503)) return undefined;
  const seconds = error.retryAfterSeconds;
  return seconds !== undefined && seconds <= MAX_RETRY_AFTER_SECONDS ? seconds : undefined;
}
