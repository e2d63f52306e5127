// SPDX-License-Identifier: Apache-2.0
// Puts a credspec's status on the API server.
import { API_VERSION, type CredspecStatus, FIELD_MANAGER, KIND } from '../../api/credspec.ts';
import { ApiError } from '../../kube/client/api-error.ts';
import { type KubeClient, serverSideApply } from '../../kube/client/client.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import { type CachedCredspec, credspecResource } from '../cached-credspec.ts';

/**
 * Writes a status and returns the credspec as it is then.
 * @throws what the client throws: 404 where the credspec is gone or the CRD keeps no status, 409 where
 * the credspec is another one by now.
 */
export async function writeStatus(
  client: KubeClient,
  credspec: CachedCredspec,
  status: CredspecStatus,
): Promise<RawObject> {
  const path = resourcePath(credspecResource, { name: credspec.name, subresource: 'status' });
  // The UID: a credspec that was deleted and made again is another one.
  const { name, uid, resourceVersion } = credspec;
  try {
    const body = { apiVersion: API_VERSION, kind: KIND, metadata: { name, uid }, status };
    return await serverSideApply<RawObject>(client, path, FIELD_MANAGER, body);
  } catch (error) {
    if (!isOlderDefinition(error)) throw error;
    // Apply refuses a field that the installed CRD does not know; a merge patch drops it.
    return client.request<RawObject>({
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, resourceVersion }, status },
    });
  }
}

/** The API server says so with 500, and by no reason of its own. */
function isOlderDefinition(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status.message?.includes('field not declared in schema') === true
  );
}
