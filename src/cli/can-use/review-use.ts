// SPDX-License-Identifier: Apache-2.0
// Asks the API server who may use a credspec, and reads the bindings that say why.
import { GROUP, PLURAL, VERSION } from '../../api/credspec.ts';
import { type AccessDecision, reviewAccess } from '../../kube/client/access-review.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import { clusterRoleKind, roleBindingKind } from '../../controller/access/rbac-kinds.ts';
import type { ClusterRole, RoleBinding } from '../../controller/access/rbac-objects.ts';
import { listAll, reading, valueOr } from '../diagnose/reading.ts';
import { CLUSTER_ROLE_BINDINGS } from '../diagnose/resources.ts';
import { allowsUse, bindingsFor, type Grant, type UseRequest } from './granting-bindings.ts';

/** Reviews it as for a pod of the service account. @throws ApiError */
export function reviewUse(
  client: KubeClient,
  { credspec, namespace, serviceAccount }: UseRequest,
): Promise<AccessDecision> {
  return reviewAccess(
    client,
    { namespace, name: serviceAccount },
    { namespace, verb: 'use', group: GROUP, version: VERSION, resource: PLURAL, name: credspec },
  );
}

/** The bindings that allow it, and the kinds that could not be looked through for lack of a permission. */
export interface FoundGrants {
  readonly grants: readonly Grant[];
  readonly notLookedAt: readonly string[];
}

/** Looks through the RoleBindings of the namespace and all ClusterRoleBindings. @throws ApiError */
export async function findGrants(client: KubeClient, request: UseRequest): Promise<FoundGrants> {
  const notLookedAt = new Set<string>();
  const bindings = await Promise.all(
    [roleBindingKind.resource, CLUSTER_ROLE_BINDINGS].map((resource) => {
      const namespace = resource.namespaced ? request.namespace : undefined;
      return read(listAll<RoleBinding>(client, resource, { namespace }), resource.plural);
    }),
  );
  const candidates = bindingsFor(
    request,
    bindings.flatMap((list) => list ?? []),
  );
  const roles = new Map(
    await Promise.all(
      [...new Set(candidates.map(rolePath))].map(async (path) => {
        const role = await read(client.request<ClusterRole>({ method: 'GET', path }), 'roles');
        return [path, allowsUse(role?.rules, request.credspec)] as const;
      }),
    ),
  );
  return {
    grants: candidates.filter((grant) => roles.get(rolePath(grant)) === true),
    notLookedAt: [...notLookedAt].sort(),
  };

  /** Undefined if the user is not allowed to read it, or if it does not exist: a role that is bound need not. */
  async function read<T>(value: Promise<T>, what: string): Promise<T | undefined> {
    const found = await reading(value);
    if (found.type === 'unreadable') notLookedAt.add(what);
    return valueOr(found, undefined);
  }
}

const ROLES: Resource = {
  ...clusterRoleKind.resource,
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
};

function rolePath({ namespace, role: { kind, name } }: Grant): string {
  return kind === 'Role'
    ? resourcePath(ROLES, { namespace, name })
    : resourcePath(clusterRoleKind.resource, { name });
}
