// SPDX-License-Identifier: Apache-2.0
// Asks the API server who may use a credspec, and reads the bindings that say why.
import { GROUP, PLURAL, VERSION } from '../../api/credspec.ts';
import { type AccessDecision, reviewAccess } from '../../kube/client/access-review.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import {
  allowsUse,
  type Binding,
  bindingsFor,
  type Grant,
  type PolicyRule,
  type UseRequest,
} from './granting-bindings.ts';

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
    KINDS.map(async ({ kind, resource }) => {
      const namespace = resource.namespaced ? request.namespace : undefined;
      const list = await get<{ readonly items: readonly Binding[] }>(
        resourcePath(resource, { namespace }),
        resource.plural,
      );
      return bindingsFor(request, kind, list?.items ?? []);
    }),
  );
  const candidates = bindings.flat();
  const roles = new Map(
    await Promise.all(
      [...new Set(candidates.map(rolePath))].map(async (path) => {
        const role = await get<{ readonly rules?: readonly PolicyRule[] | null }>(path, 'roles');
        return [path, allowsUse(role?.rules, request.credspec)] as const;
      }),
    ),
  );
  return {
    grants: candidates.filter((grant) => roles.get(rolePath(grant)) === true),
    notLookedAt: [...notLookedAt].sort(),
  };

  async function get<T>(path: string, what: string): Promise<T | undefined> {
    try {
      return await client.request<T>({ method: 'GET', path });
    } catch (error) {
      const kind = classifyError(error);
      if (kind === 'forbidden') notLookedAt.add(what);
      // A role that is bound need not exist.
      else if (kind !== 'not-found') throw error;
      return undefined;
    }
  }
}

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;

const KINDS: readonly { readonly kind: Grant['kind']; readonly resource: Resource }[] = [
  {
    kind: 'RoleBinding',
    resource: { ...RBAC, kind: 'RoleBinding', plural: 'rolebindings', namespaced: true },
  },
  {
    kind: 'ClusterRoleBinding',
    resource: {
      ...RBAC,
      kind: 'ClusterRoleBinding',
      plural: 'clusterrolebindings',
      namespaced: false,
    },
  },
];

function rolePath({ namespace, role }: Grant): string {
  return role.kind === 'Role'
    ? resourcePath(
        { ...RBAC, kind: 'Role', plural: 'roles', namespaced: true },
        { namespace, name: role.name },
      )
    : resourcePath(
        { ...RBAC, kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
        { name: role.name },
      );
}
