// SPDX-License-Identifier: Apache-2.0
// Deletes managed objects, so that nobody can hold it off by writing to them: the only precondition is the UID,
// and finalizers are removed. The operator deletes no object that it does not own.
import { classifyError } from './client/api-error.ts';
import { objectKey, resourcePath } from './client/resource.ts';
import type { RawObject } from './informer/watch-events.ts';
import { lastWriter } from './last-writer.ts';
import {
  type KubeObject,
  type ManagedObjectContext,
  type ObjectMeta,
  withoutFinalizers,
} from './managed-object.ts';

/** What {@link removeObject} found and did. */
export type RemoveResult =
  | { readonly type: 'missing' | 'removed' }
  /** Removed, and somebody else had written it; `by`: their field manager, where it is known. */
  | { readonly type: 'purged'; readonly by: string | undefined }
  /** The operator does not own it. It was left as it is. */
  | { readonly type: 'foreign' }
  /**
   * The API server says that there is none, and the informer shows it. Proxies give such answers too, and so do API servers
   * that are starting: only the watch makes it certain that access has ended.
   */
  | { readonly type: 'unconfirmed' };

/** Times that the object turns out to be another one of the same name. */
const MAX_ATTEMPTS = 5;

/**
 * Deletes the object of this name, if the operator owns it. It is read first, for it might have changed hands.
 * @throws what the client throws.
 */
export async function removeObject<D extends KubeObject>(
  context: ManagedObjectContext<D>,
  object: Pick<ObjectMeta, 'name' | 'namespace'>,
  options: { readonly isOurs: (live: D) => boolean },
): Promise<RemoveResult> {
  const { client, kind, informer, fieldManager } = context;
  const path = resourcePath(kind.resource, object);
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await client.request<D & RawObject>({ method: 'GET', path });
      if (!options.isOurs(live)) return { type: 'foreign' };
      await deleteObject(context, live);
      informer.observeDeleted(live.metadata);
      const { managedFields = [] } = live.metadata;
      const writer = lastWriter(managedFields, kind.comparedFields?.(live) ?? [], fieldManager);
      return writer.type === 'operator'
        ? { type: 'removed' }
        : { type: 'purged', by: writer.manager };
    } catch (error) {
      const kindOfError = classifyError(error);
      if (kindOfError === 'not-found') {
        const isShown = informer.get(objectKey(object)) !== undefined;
        return { type: isShown ? 'unconfirmed' : 'missing' };
      }
      if (kindOfError !== 'conflict' || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * Deletes an object, whatever has been written to it since it was read, finalizers included: RBAC objects are in
 * force as long as they exist, also while they are terminating.
 * @throws what the client throws; a conflict if the object of this name is another one by now.
 */
export async function deleteObject<D extends KubeObject>(
  { client, kind, fieldManager }: ManagedObjectContext<D>,
  { metadata }: D,
): Promise<void> {
  const path = resourcePath(kind.resource, metadata);
  const preconditions = { uid: metadata.uid };
  // The answer is a Status, or the object itself if a finalizer keeps it.
  const answer = await client.request<KubeObject | undefined>({
    method: 'DELETE',
    path,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
  });
  if (answer === undefined || (answer.metadata.finalizers ?? []).length === 0) return;
  // The API server lets nobody add finalizers to a terminating object, and deletes it with the last one. Without a
  // resourceVersion no other write can come first; the UID keeps the write from another object.
  await client.request({
    method: 'PUT',
    path,
    query: { fieldManager },
    body: withoutFinalizers({ ...answer, metadata: { ...answer.metadata, resourceVersion: '' } }),
  });
}
