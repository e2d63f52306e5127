// SPDX-License-Identifier: Apache-2.0
// Objects that `kubectl apply` manages from a file: the next apply of the file takes back what was changed in the
// cluster alone, without a word. (Server-side apply reports a conflict instead.) Pure.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../api/credspec.ts';
import { property } from '../../api/untyped.ts';
import type { ObjectMeta } from '../../kube/managed-object.ts';

/** Where client-side apply keeps the file as it was applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Whether the next `kubectl apply` of the same file would change an annotation back that is `after` in the cluster.
 * An annotation that the file does not have stays as it is.
 */
export function isTakenBackByApply(
  { annotations = {} }: Pick<ObjectMeta, 'annotations'>,
  after: string,
): boolean {
  const applied = property(
    property(property(parsed(annotations[LAST_APPLIED]), 'metadata'), 'annotations'),
    ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  );
  return typeof applied === 'string' && applied !== after;
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    // Somebody else wrote it: kubectl would refuse it.
    return undefined;
  }
}
