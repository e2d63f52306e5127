// SPDX-License-Identifier: Apache-2.0
// Writes a status to the API server, whatever the installed CustomResourceDefinition makes of it.
import { API_VERSION, type CredspecStatus, FIELD_MANAGER, KIND } from '../../api/credspec.ts';
import { ApiError, classifyError } from '../../kube/client/api-error.ts';
import { type KubeClient, serverSideApply } from '../../kube/client/client.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import { type CachedCredspec, credspecResource } from '../cached-credspec.ts';

/**
 * Writes a status and returns the credspec as it is then.
 * @throws what the client throws: 404 where the credspec is gone or the CRD keeps no status, 409 where
 * the credspec is another one by now. Error where the credspec violates the schema, and nothing can be written.
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
    const violation = schemaViolation(error);
    if (violation === undefined && !isOlderDefinition(error)) throw error;
    // Apply refuses a field that the installed CRD does not know, which a merge patch drops, and any change of an
    // object that violates the schema, of which a merge patch needs only the changed fields to be valid (1.30).
    const patched = client.request<RawObject>({
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, resourceVersion }, status },
    });
    return violation === undefined ? patched : patched.catch(refusedBecauseOf(violation));
  }
}

/** The API server says so with 500, and by no reason of its own. */
function isOlderDefinition(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status.message?.includes('field not declared in schema') === true
  );
}

/**
 * The first field of a stored object that violates the schema, as in `credspec.CmsPlugins`: apply refuses any
 * change of such an object, with 500. Only the path is taken from the message, which shows the value as well.
 */
function schemaViolation(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { message = '' } = error.status;
  if (!message.includes('failed to create typed live object')) return undefined;
  const [, field = 'a field'] = /\): \.((?:credspec|status)\S*?): /.exec(message) ?? [];
  return field;
}

function refusedBecauseOf(field: string): (error: unknown) => never {
  return (error) => {
    if (classifyError(error) !== 'invalid') throw error;
    throw new Error(
      `The API server accepts no status for this credential spec, because ${field} violates the schema. Access is reconciled all the same. To fix: correct the field.`,
    );
  };
}
