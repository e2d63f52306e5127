// SPDX-License-Identifier: Apache-2.0
// Finds generated RoleBindings that the informer does not show, because it selects the managed-by label and somebody
// removed that. They grant all the same, and their owner references still say whose they are.
import { GROUP, KIND, MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { credspecOfGeneratedName } from '../../api/generated-names.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { createListWatch } from '../../kube/informer/list-watch.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import type { ObjectMeta } from '../../kube/managed-object.ts';
import type { BindingReference } from './binding-set.ts';
import { roleBindingKind } from './rbac-kinds.ts';

/**
 * Lists the metadata of every RoleBinding without the managed-by label, page by page, and yields those that have the
 * name and an owner of a generated one.
 * @throws what the client throws; 410 if the list took too long.
 */
export async function* listStrayBindings(
  client: KubeClient,
  signal: AbortSignal,
): AsyncIterable<BindingReference> {
  const listWatch = createListWatch({
    client,
    resource: roleBindingKind.resource,
    labelSelector: `${MANAGED_BY_LABEL}!=${MANAGED_BY_VALUE}`,
    transfer: 'metadata',
  });
  let from: string | undefined;
  do {
    const { metadata, items } = await listWatch.listPage(from, signal);
    yield* (items ?? []).filter(isStray).map((item) => item.metadata);
    from = metadata.continue;
  } while (from !== undefined && from !== '');
}

function isStray({ metadata }: RawObject): boolean {
  const { ownerReferences = [] } = metadata as ObjectMeta;
  return (
    credspecOfGeneratedName(metadata.name) !== undefined &&
    ownerReferences.some(
      ({ apiVersion, kind }) => kind === KIND && apiVersion.startsWith(`${GROUP}/`),
    )
  );
}
