// SPDX-License-Identifier: Apache-2.0
// A client that writes only while its owner leads.
import { withLinkedSignal } from '../wait/abort.ts';
import type { ApiRequest } from '../client/api-request.ts';
import type { KubeClient } from '../client/client.ts';
import type { Leadership } from './leadership.ts';

/**
 * The client for the leader's work: every request but a GET first asserts that leadership is held,
 * and each is aborted when it ends: the work must not wait for an answer that nobody needs. A write that had left by then may still arrive at the server; what it
 * meets there is the resourceVersion it was compared with.
 * @throws LeadershipLostError from `request`, in place of sending a write.
 */
export function fencedClient(client: KubeClient, leadership: Leadership): KubeClient {
  return {
    async request<T>(request: ApiRequest): Promise<T> {
      if (request.method !== 'GET') leadership.assertHeld();
      if (request.signal === undefined) {
        return client.request<T>({ ...request, signal: leadership.signal });
      }
      return withLinkedSignal([leadership.signal, request.signal], (signal) =>
        client.request<T>({ ...request, signal }),
      );
    },
    watch: (request) => client.watch(request),
    close: () => {
      client.close();
    },
  };
}
