// SPDX-License-Identifier: Apache-2.0
// Server-side apply, for what only one writer at a time may write: a status, by the leader.
import { APPLY_PATCH, type KubeClient } from './client.ts';

/**
 * Applies `body` at `path` (which may name a subresource) and returns the whole object as it is then.
 * Forced: fields that others set meanwhile are taken over.
 * @throws what the client throws; 404 where object or subresource is missing.
 */
export function serverSideApply<T>(
  client: KubeClient,
  path: string,
  fieldManager: string,
  body: unknown,
): Promise<T> {
  return client.request<T>({
    method: 'PATCH',
    path,
    query: { fieldManager, force: 'true' },
    contentType: APPLY_PATCH,
    body,
  });
}
