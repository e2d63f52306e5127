// SPDX-License-Identifier: Apache-2.0
// Bindings of a generated ClusterRole that somebody else has made: owners of a credspec may bind it themselves,
// and the annotation says nothing of them.
import { clusterRoleName, roleBindingName } from '../../api/generated-names.ts';
import { roleBindingKind } from '../../controller/access/rbac-kinds.ts';
import { isOurs, type RoleBinding } from '../../controller/access/rbac-objects.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { StoredCredspec } from '../credspecs.ts';
import { listAll, reading, valueOr } from '../diagnose/reading.ts';
import { CLUSTER_ROLE_BINDINGS } from '../diagnose/resources.ts';

/** All bindings of a cluster. */
export interface FoundBindings {
  /** RoleBindings, and ClusterRoleBindings, which have no namespace. */
  readonly bindings: readonly RoleBinding[];
  /** The resources that the user is not allowed to list. */
  readonly notLookedAt: readonly string[];
}

/** A binding that the operator has not made. */
export interface OtherBinding {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding';
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Whom it allows: `ServiceAccount shop/web`, `Group system:authenticated`. */
  readonly subjects: readonly string[];
}

/** Reads them. @throws ApiError, except where a list is forbidden. */
export async function readBindings(client: KubeClient): Promise<FoundBindings> {
  const lists = await Promise.all(
    [roleBindingKind.resource, CLUSTER_ROLE_BINDINGS].map(async (resource) => ({
      plural: resource.plural,
      list: await reading(listAll<RoleBinding>(client, resource)),
    })),
  );
  return {
    bindings: lists.flatMap(({ list }) => valueOr(list, [])),
    notLookedAt: lists.filter(({ list }) => list.type !== 'read').map(({ plural }) => plural),
  };
}

/** Those that bind the ClusterRole of one credspec, and that the operator has not made. */
export function otherBindings(
  { metadata }: Pick<StoredCredspec, 'metadata'>,
  all: readonly RoleBinding[],
): readonly OtherBinding[] {
  const role = clusterRoleName(metadata.name);
  return all
    .filter(({ roleRef: { kind, name } }) => kind === 'ClusterRole' && name === role)
    .filter((binding) => !isGenerated(binding, metadata))
    .map(({ metadata: { namespace, name }, subjects }) => ({
      kind: namespace === undefined ? ('ClusterRoleBinding' as const) : ('RoleBinding' as const),
      namespace,
      name,
      subjects: (subjects ?? []).map((subject) =>
        subject.namespace === undefined
          ? `${subject.kind} ${subject.name}`
          : `${subject.kind} ${subject.namespace}/${subject.name}`,
      ),
    }));
}

function isGenerated(binding: RoleBinding, { name, uid }: StoredCredspec['metadata']): boolean {
  return (
    binding.metadata.namespace !== undefined &&
    binding.metadata.name === roleBindingName(name) &&
    isOurs(binding, uid)
  );
}
