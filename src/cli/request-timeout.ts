// SPDX-License-Identifier: Apache-2.0
// kubectl's --request-timeout: a limit for each request, from the connection to the end of the answer.
import type { ApiRequest, KubeClient } from '../kube/client/client.ts';
import { withTimeout } from '../kube/wait/abort.ts';
import { systemClock } from '../kube/wait/clock.ts';

/** The client with a limit in milliseconds for each request; 0 for none. Watches have none. */
export function withRequestTimeout(client: KubeClient, ms: number): KubeClient {
  if (ms === 0) return client;
  return {
    ...client,
    request: <T>(request: ApiRequest) =>
      withTimeout(
        {
          clock: systemClock,
          ms,
          ...(request.signal === undefined ? {} : { parent: request.signal }),
        },
        (signal) => client.request<T>({ ...request, signal }),
      ).catch((error: unknown) => {
        throw error instanceof Error && error.message.startsWith('no answer within')
          ? Object.assign(error, { code: 'ETIMEDOUT' })
          : error;
      }),
  };
}
