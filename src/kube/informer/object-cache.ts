// SPDX-License-Identifier: Apache-2.0
// The objects that an informer knows, by key. Two sources feed it: the watch, and our own writes
// (their answers hold the new object before the watch tells of it). What is older than what is
// known is dropped, so neither source can take the other back in time.
import { objectKey } from '../client/resource.ts';

/** What the cache must know of an object; the rest is what its user wants to keep. */
export interface CachedObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One change of the cache's contents. */
export interface Change<T> {
  readonly type: 'added' | 'deleted' | 'updated';
  readonly key: string;
  /** The object as it is now; for a deletion, as it was last. */
  readonly object: T;
  /** `list`: learnt with many others, at start or after a gap. `watch`: it happened just now. */
  readonly source: 'list' | 'watch';
}

/** Is told of every change, in order, synchronously. */
export type ChangeListener<T> = (change: Change<T>) => void;

/** What users of an informer see of its objects. */
export interface ReadonlyObjectCache<T> {
  readonly size: number;
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** The objects of this name in all namespaces. */
  named(name: string): readonly T[];
}

/** See {@link createObjectCache}. */
export interface ObjectCache<T extends CachedObject> extends ReadonlyObjectCache<T> {
  /** Takes an object in, unless a newer state of it is known. */
  put(object: T, source: Change<T>['source']): void;
  /** Takes an object in without telling the listeners: it is our own write, they know. */
  putSilently(object: T): void;
  /** Takes a deletion in, unless a newer object has the name by now. */
  delete(object: CachedObject, source: Change<T>['source']): void;
  /** Forgets an object that we deleted ourselves, if it still is the one with this UID. */
  deleteSilently(object: CachedObject): void;
  /**
   * Forgets every object that a complete list at `listVersion` did not hold. Without a version, the server's
   * history went back (a restored etcd), so that versions say nothing.
   */
  retain(keys: ReadonlySet<string>, listVersion: string | undefined): void;
  subscribe(listener: ChangeListener<T>): () => void;
}

/** An empty cache. */
export function createObjectCache<T extends CachedObject>(): ObjectCache<T> {
  const objects = new Map<string, T>();
  const byName = new Map<string, T[]>();
  const listeners = new Set<ChangeListener<T>>();

  function notify(change: Change<T>): void {
    for (const listener of listeners) listener(change);
  }

  function isStale(key: string, resourceVersion: string): boolean {
    const known = objects.get(key);
    return (
      known !== undefined && compareResourceVersions(resourceVersion, known.resourceVersion) <= 0
    );
  }

  function store(key: string, object: T): void {
    remove(key);
    objects.set(key, object);
    // Cluster-scoped: the key is the name.
    if (object.namespace === undefined) return;
    const others = byName.get(object.name);
    if (others === undefined) byName.set(object.name, [object]);
    else others.push(object);
  }

  function remove(key: string): T | undefined {
    const object = objects.get(key);
    if (object === undefined) return undefined;
    objects.delete(key);
    const others = byName.get(object.name);
    if (others === undefined) return object;
    const rest = others.filter((other) => other !== object);
    if (rest.length === 0) byName.delete(object.name);
    else byName.set(object.name, rest);
    return object;
  }

  return {
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    values: () => objects.values(),
    named(name) {
      const clusterScoped = objects.get(name);
      return byName.get(name) ?? (clusterScoped === undefined ? [] : [clusterScoped]);
    },
    put(object, source) {
      const key = objectKey(object);
      if (isStale(key, object.resourceVersion)) return;
      const type = objects.has(key) ? 'updated' : 'added';
      store(key, object);
      notify({ type, key, object, source });
    },
    putSilently(object) {
      const key = objectKey(object);
      if (!isStale(key, object.resourceVersion)) store(key, object);
    },
    delete(object, source) {
      const key = objectKey(object);
      const known = objects.get(key);
      if (known === undefined) return;
      if (compareResourceVersions(object.resourceVersion, known.resourceVersion) < 0) return;
      remove(key);
      notify({ type: 'deleted', key, object: known, source });
    },
    deleteSilently(object) {
      const key = objectKey(object);
      if (objects.get(key)?.uid === object.uid) remove(key);
    },
    retain(keys, listVersion) {
      for (const [key, object] of objects) {
        if (keys.has(key)) continue;
        // Written by us after the list was taken: the list cannot know it.
        const { resourceVersion } = object;
        if (
          listVersion !== undefined &&
          compareResourceVersions(resourceVersion, listVersion) > 0
        ) {
          continue;
        }
        remove(key);
        notify({ type: 'deleted', key, object, source: 'list' });
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The order of resourceVersions: negative if `a` is older than `b`, positive if newer, 0 if they are the same.
 * They are decimal numbers without leading zeros, comparable within one resource: KEP-5504 makes it a promise
 * (1.35), and every API server on etcd keeps it.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

type Versioned = Pick<CachedObject, 'resourceVersion'>;

/**
 * Whether the known state of an object was written in a history that the server has lost since (a restored etcd). A
 * list at `listVersion` would show it otherwise, and not an older one.
 */
export function isOfLostHistory(known: Versioned, listed: Versioned, listVersion: string): boolean {
  return (
    compareResourceVersions(listed.resourceVersion, known.resourceVersion) < 0 &&
    compareResourceVersions(known.resourceVersion, listVersion) <= 0
  );
}
