// SPDX-License-Identifier: Apache-2.0
// Compares one object that we manage with what is there, and writes only the difference. Never
// last-writer-wins: creation is POST, which cannot overwrite; every later write names the
// resourceVersion that was compared. What is not ours is never written or deleted.
import { classifyError } from './client/api-error.ts';
import { APPLY_PATCH, type KubeClient } from './client/client.ts';
import type { Informer } from './informer/informer.ts';
import type { CachedObject } from './informer/object-cache.ts';
import { objectKey, type Resource, resourcePath } from './client/resource.ts';
import type { RawObject } from './informer/watch-events.ts';

/** `metadata` of an object to be written, and of one that was read. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** `metav1.OwnerReference`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly time?: string;
}

/** An object as it is written. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** What the cache keeps of a managed object: who it is, and a digest of all that is compared. */
export interface Fingerprinted extends CachedObject {
  readonly fingerprint: string;
}

/** How objects of one kind are compared and mended. All functions are pure. */
export interface ManagedKind<D extends KubeObject> {
  readonly resource: Resource;
  /** Digest of everything about an object that we decide; two objects that agree have the same. */
  readonly fingerprint: (object: D) => string;
  /** `live` with what we decide as `desired` has it; what others may decide stays. */
  readonly merge: (live: D, desired: D) => D;
  /** Whether they differ in a field that can only be set at creation. */
  readonly mustReplace: (live: D, desired: D) => boolean;
}

/** Where and as whom a managed object is written. */
export interface ManagedObjectContext<D extends KubeObject> {
  readonly client: KubeClient;
  readonly kind: ManagedKind<D>;
  readonly informer: Informer<Fingerprinted>;
  readonly fieldManager: string;
  /**
   * `post` (the default) cannot overwrite what is there. `apply`, unforced, is for objects of fixed names:
   * the API server authorizes it with the name, so that the right to create can be limited to it.
   */
  readonly creation?: 'apply' | 'post';
}

/** What {@link ensureObject} found and did. */
export type EnsureResult =
  | { readonly type: 'created' | 'unchanged' }
  /** `by`: the field manager that wrote the object last before us, where it is known. */
  | { readonly type: 'repaired'; readonly by: string | undefined }
  /** An object of this name is there and is not ours. It was left as it is. */
  | { readonly type: 'foreign' }
  /** It was written, and something on the way (a mutating webhook) made another object of it. */
  | { readonly type: 'altered' };

/** Times that a write is begun again because somebody else wrote in between. */
const MAX_ATTEMPTS = 5;

/** Decodes a managed object for its informer. */
export function decodeFingerprinted<D extends KubeObject>(
  kind: ManagedKind<D>,
): (raw: RawObject) => Fingerprinted {
  return (raw) => ({
    name: raw.metadata.name,
    ...(raw.metadata.namespace === undefined ? {} : { namespace: raw.metadata.namespace }),
    uid: raw.metadata.uid,
    resourceVersion: raw.metadata.resourceVersion,
    fingerprint: kind.fingerprint(raw as unknown as D),
  });
}

/**
 * Makes `desired` true, if an object of its name is ours or there is none.
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
      return written(kind.mustReplace(live, desired) ? await replace(live) : await update(live), {
        type: 'repaired',
        by: lastManager(live, fieldManager),
      });
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
    await deleteAsCompared(context, path, live.metadata);
    return create();
  }
}

/**
 * Deletes a managed object as it stands in the cache, finalizers or not. One that changed meanwhile,
 * or that the cache does not know, is looked at first and deleted only if it is ours.
 */
export async function removeObject<D extends KubeObject>(
  context: ManagedObjectContext<D>,
  object: Fingerprinted | { readonly name: string; readonly namespace: string },
  options: { readonly isOurs: (live: D) => boolean },
): Promise<'foreign' | 'removed'> {
  const { client, kind, informer } = context;
  const path = resourcePath(kind.resource, object);
  let compared: Pick<ObjectMeta, 'resourceVersion' | 'uid'> | undefined =
    'uid' in object ? object : undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      if (compared === undefined) {
        const live = await client.request<D>({ method: 'GET', path });
        if (!options.isOurs(live)) return 'foreign';
        compared = live.metadata;
      }
      await deleteAsCompared(context, path, compared);
      return gone();
    } catch (error) {
      const kindOfError = classifyError(error);
      if (kindOfError === 'not-found') return gone();
      if (kindOfError !== 'conflict' || attempt >= MAX_ATTEMPTS) throw error;
      compared = undefined;
    }
  }

  function gone(): 'removed' {
    if ('uid' in object) informer.observeDeleted(object);
    return 'removed';
  }
}

async function deleteAsCompared<D extends KubeObject>(
  { client, fieldManager }: ManagedObjectContext<D>,
  path: string,
  { uid, resourceVersion }: Pick<ObjectMeta, 'resourceVersion' | 'uid'>,
): Promise<void> {
  // A Status; or the object itself, where a finalizer keeps it.
  const answer = await client.request<Partial<KubeObject> | undefined>({
    method: 'DELETE',
    path,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
  });
  if ((answer?.metadata?.finalizers ?? []).length === 0) return;
  // Ours carry none; and as long as it is there, even terminating, an RBAC object is in force.
  await client.request({
    method: 'PUT',
    path,
    query: { fieldManager },
    body: { ...answer, metadata: { ...answer?.metadata, finalizers: [] } },
  });
}

/** Whoever wrote before we last did has nothing to do with it; and what is taken away has no manager. */
function lastManager(live: KubeObject, ourselves: string): string | undefined {
  const { managedFields = [] } = live.metadata;
  const entries = managedFields.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
  const ours = entries.findLast(({ manager }) => manager === ourselves)?.time ?? '';
  return entries.findLast(({ manager, time = '' }) => manager !== ourselves && time >= ours)
    ?.manager;
}
