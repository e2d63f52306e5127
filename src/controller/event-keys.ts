// SPDX-License-Identifier: Apache-2.0
// Maps events to keys of the work queue, which are names of credspecs. Pure.
import type { Change } from '../kube/informer/object-cache.ts';
import type { Priority } from '../kube/work-queue.ts';
import type { CachedCredspec } from './cached-credspec.ts';
import type { CachedNamespace } from './informers.ts';

/** How soon a change is handled: a first list or a resync can wait, a change of just now cannot. */
export function priorityOf({ source }: Pick<Change<unknown>, 'source'>): Priority {
  return source === 'list' ? 'low' : 'high';
}

/**
 * The credspecs that a change of a namespace concerns: an entry of theirs names it, and the namespace
 * appeared, is terminating or is gone. Other changes of a namespace concern no credspec.
 */
export function credspecsOfNamespace(
  { type, key, object }: Change<CachedNamespace>,
  credspecs: Iterable<Pick<CachedCredspec, 'allowedAnnotation' | 'name'>>,
): readonly string[] {
  if (type === 'updated' && !object.terminating) return [];
  return [...credspecs]
    .filter(({ allowedAnnotation }) => allowedAnnotation?.includes(`${key}/`) === true)
    .map(({ name }) => name);
}
