// SPDX-License-Identifier: Apache-2.0
// Makes one managed object as it must be, and writes only the difference. No write depends on being the last:
// creation is POST, which cannot overwrite; every later write names the resourceVersion that was compared. The
// operator never writes an object that it does not own.
import { classifyError } from './client/api-error.ts';
import { APPLY_PATCH } from './client/client.ts';
import { objectKey, resourcePath } from './client/resource.ts';
import type { RawObject } from './informer/watch-events.ts';
import { lastOtherManager, lastWriter, type LastWriter } from './last-writer.ts';
import {
  type KubeObject,
  type ManagedKind,
  type ManagedObjectContext,
  withoutFinalizers,
} from './managed-object.ts';
import { deleteObject } from './remove-object.ts';

/** What {@link ensureObject} found and did. */
export type EnsureResult =
  | { readonly type: 'created' | 'unchanged' }
  /** It was as the operator wrote it for an earlier desired state. */
  | { readonly type: 'updated' }
  /** Somebody else had changed it; `by`: their field manager, where it is known. */
  | { readonly type: 'repaired'; readonly by: string | undefined }
  /** An object of this name exists, and the operator does not own it. It was left as it is. */
  | { readonly type: 'foreign' }
  /** It was written, and something on the way (a mutating webhook) made another object of it. */
  | { readonly type: 'altered' };

/** Times that a write is begun again because somebody else wrote in between. */
const MAX_ATTEMPTS = 5;

/**
 * Attempts of a revocation that others who write may win. After that the operator deletes the object and creates it: an
 * update without resourceVersion would still lose to them inside the API server, for as long as policies take to decide.
 */
const YIELDING_ATTEMPTS = 1;

/**
 * Makes `desired` true, if the operator owns the object of its name or there is none.
 * @param options.begin `read` where a foreign object is expected: no write is then tried in vain.
 * @throws what the client throws for failures other than races with other writers.
 */
export async function ensureObject<D extends KubeObject>(
  context: ManagedObjectContext<D>,
  desired: D,
  options: { readonly isOurs: (live: D) => boolean; readonly begin?: 'create' | 'read' },
): Promise<EnsureResult> {
  const { client, kind, informer, fieldManager } = context;
  const wanted = kind.fingerprint(desired);
  const cached = informer.get(objectKey(desired.metadata));
  if (cached?.fingerprint === wanted) return { type: 'unchanged' };
  const path = resourcePath(kind.resource, desired.metadata);

  let next = cached === undefined ? (options.begin ?? 'create') : 'read';
  for (let attempt = 1; ; attempt++) {
    try {
      if (next === 'create') return written(await create(), { type: 'created' });
      const live = await client.request<D & RawObject>({ method: 'GET', path });
      if (!options.isOurs(live)) return { type: 'foreign' };
      if (kind.fingerprint(live) === wanted) {
        informer.observe(live);
        return { type: 'unchanged' };
      }
      const isRevocation = kind.isRevocation?.(live, desired) === true;
      // Others' finalizers might be other ones by now, and the operator is not allowed to add any.
      const base = isRevocation ? withoutFinalizers(live) : live;
      const answer =
        kind.mustReplace(live, desired) || (isRevocation && attempt > YIELDING_ATTEMPTS)
          ? await replace(live)
          : await update(base);
      const writer = writerOf(kind, live, fieldManager);
      return written(
        answer,
        writer.type === 'operator' ? { type: 'updated' } : { type: 'repaired', by: writer.manager },
      );
    } catch (error) {
      const kindOfError = classifyError(error);
      if (attempt >= MAX_ATTEMPTS) throw error;
      if (kindOfError === 'already-exists' || kindOfError === 'conflict') next = 'read';
      // Gone between two looks; a create that is answered so has lost its namespace.
      else if (kindOfError === 'not-found' && next === 'read') next = 'create';
      else throw error;
    }
  }

  function written(answer: D & RawObject, result: EnsureResult): EnsureResult {
    informer.observe(answer);
    return kind.fingerprint(answer) === wanted ? result : { type: 'altered' };
  }

  function create(): Promise<D & RawObject> {
    if (context.creation === 'apply') {
      const query = { fieldManager };
      return client.request({
        method: 'PATCH',
        path,
        query,
        contentType: APPLY_PATCH,
        body: desired,
      });
    }
    return client.request({
      method: 'POST',
      path: resourcePath(kind.resource, { namespace: desired.metadata.namespace }),
      query: { fieldManager },
      body: desired,
    });
  }

  function update(live: D): Promise<D & RawObject> {
    return client.request({
      method: 'PUT',
      path,
      query: { fieldManager },
      body: kind.merge(live, desired),
    });
  }

  async function replace(live: D): Promise<D & RawObject> {
    await deleteObject(context, live);
    return create();
  }
}

/** Who wrote what is compared about an object. */
export function writerOf<D extends KubeObject>(
  kind: ManagedKind<D>,
  live: D,
  operator: string,
): LastWriter {
  const { managedFields = [] } = live.metadata;
  return kind.comparedFields === undefined
    ? { type: 'other', manager: lastOtherManager(managedFields, operator) }
    : lastWriter(managedFields, kind.comparedFields(live), operator);
}
