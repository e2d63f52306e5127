// SPDX-License-Identifier: Apache-2.0
// Reads the RoleBindings that the operator makes, for one credspec or for all.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { roleBindingName } from '../../api/generated-names.ts';
import { roleBindingKind } from '../../controller/access/rbac-kinds.ts';
import type { RoleBinding } from '../../controller/access/rbac-objects.ts';
import { classifyError, unlessMissing } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { KubeObject } from '../../kube/managed-object.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import { listAll, readObject, type Reading, reading, valueOr } from '../diagnose/reading.ts';
import { NAMESPACES } from '../diagnose/resources.ts';
import type { GeneratedObjects } from './generated-access.ts';

/** What was read, by credspec. */
export type GeneratedLookup = (credspec: string) => GeneratedObjects;

type NamespaceObject = KubeObject & {
  readonly metadata: { readonly deletionTimestamp?: string };
};

/**
 * Of one credspec. Whoever may not list RoleBindings everywhere may look into the `namespaces` alone that
 * it was, or is to be, granted in. @throws what the client throws: 403 where not even that is allowed.
 */
export async function readGenerated(
  client: KubeClient,
  credspec: string,
  namespaces: readonly string[],
): Promise<GeneratedObjects> {
  const name = roleBindingName(credspec);
  const bindings = await bindingsNamed(client, name, namespaces);
  const bound = new Set(bindings.map(({ metadata }) => metadata.namespace));
  const unbound = namespaces.filter((namespace) => !bound.has(namespace));
  const read = await Promise.all(
    unbound.map((namespace) =>
      readObject<NamespaceObject>(client, NAMESPACES, { name: namespace }),
    ),
  );
  const missing = new Set(unbound.filter((_, i) => isMissing(read[i])));
  return { bindings, hasNamespace: (namespace) => !missing.has(namespace) };
}

/** Of all credspecs. @throws what the client throws: 403 where RoleBindings may not be listed. */
export async function readAllGenerated(client: KubeClient): Promise<GeneratedLookup> {
  const [bindings, namespaces] = await Promise.all([
    listAll<RoleBinding>(client, roleBindingKind.resource, {
      labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
    }),
    reading(listAll<NamespaceObject>(client, NAMESPACES)),
  ]);
  const byName = Map.groupBy(bindings, ({ metadata }) => metadata.name);
  const present = new Set(
    valueOr(namespaces, [])
      .filter((namespace) => !isGoing(namespace))
      .map(({ metadata }) => metadata.name),
  );
  return (credspec) => ({
    bindings: byName.get(roleBindingName(credspec)) ?? [],
    hasNamespace: (namespace) => namespaces.type !== 'read' || present.has(namespace),
  });
}

async function bindingsNamed(
  client: KubeClient,
  name: string,
  namespaces: readonly string[],
): Promise<readonly RoleBinding[]> {
  const { resource } = roleBindingKind;
  try {
    return await listAll<RoleBinding>(client, resource, { fieldSelector: `metadata.name=${name}` });
  } catch (error) {
    // Without a namespace to look into there is nothing that would say anything.
    if (classifyError(error) !== 'forbidden' || namespaces.length === 0) throw error;
  }
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const path = resourcePath(resource, { namespace, name });
      return unlessMissing(client.request<RoleBinding>({ method: 'GET', path }));
    }),
  );
  return found.filter((binding) => binding !== undefined);
}

function isMissing(namespace: Reading<NamespaceObject> | undefined): boolean {
  if (namespace === undefined) return false;
  return namespace.type === 'absent' || (namespace.type === 'read' && isGoing(namespace.value));
}

/** Nothing can be made in it any more. */
function isGoing({ metadata }: NamespaceObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
