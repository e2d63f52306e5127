// SPDX-License-Identifier: Apache-2.0
// An object that the operator manages, as data: how objects of its kind are compared and repaired, and what the
// cache keeps of them. ensure-object.ts writes such objects, remove-object.ts deletes them.
import type { KubeClient } from './client/client.ts';
import type { Resource } from './client/resource.ts';
import type { Informer } from './informer/informer.ts';
import type { CachedObject } from './informer/object-cache.ts';
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

/** An entry of `metadata.managedFields`: which fields a field manager wrote last. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A field as `fieldsV1` names it, from the root: `['f:metadata', 'f:labels', 'f:team']`. */
export type FieldPath = readonly string[];

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
  /** Whether `desired` takes away access that `live` gives: nobody may hold off such a write. */
  readonly isRevocation?: (live: D, desired: D) => boolean;
  /**
   * The fields of `live` that the fingerprint covers. Where they are known, an object that differs because the
   * operator wrote it for an earlier `desired` is told from one that somebody else changed.
   */
  readonly comparedFields?: (live: D) => readonly FieldPath[];
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

/** An object without finalizers. */
export function withoutFinalizers<D extends KubeObject>(object: D): D {
  return { ...object, metadata: { ...object.metadata, finalizers: [] } };
}
