// SPDX-License-Identifier: Apache-2.0
// Which RBAC objects must be there for a credspec, and which must go. Pure.
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import type { Fingerprinted } from '../../kube/managed-object.ts';
import {
  type ClusterRole,
  type CredspecOwner,
  desiredClusterRole,
  desiredRoleBinding,
  type RoleBinding,
} from './rbac-objects.ts';

/** The namespaces that exist. */
export interface NamespaceLookup {
  get(name: string): { readonly terminating: boolean } | undefined;
}

/** The access that a credspec's annotation asks for, and the way there. */
export interface AccessPlan {
  readonly clusterRole: ClusterRole;
  /** To be created or repaired, by namespace. */
  readonly roleBindings: readonly {
    readonly grant: NamespaceGrant;
    readonly desired: RoleBinding;
  }[];
  /** Ours, and granted by no entry (any more). */
  readonly surplus: readonly Fingerprinted[];
  /** Namespaces where a binding might be that the cache does not show, and that are not granted (any more). */
  readonly unseen: readonly string[];
  /** Named by an entry, and not there, or not for long. */
  readonly missingNamespaces: readonly string[];
}

/** Plans a credspec's access; `existing` are the generated RoleBindings of its name. */
export function planAccess(input: {
  readonly credspec: CredspecOwner;
  readonly grants: readonly NamespaceGrant[];
  readonly namespaces: NamespaceLookup;
  readonly existing: readonly Fingerprinted[];
  /** Namespaces where there might be another one. */
  readonly suspected: readonly string[];
}): AccessPlan {
  const { credspec, grants, namespaces, existing, suspected } = input;
  // Nothing can be created in a namespace that is terminating.
  const isActive = (namespace: string): boolean => namespaces.get(namespace)?.terminating === false;
  const granted = new Set(grants.map(({ namespace }) => namespace));
  const known = new Set(existing.map(({ namespace }) => namespace));
  return {
    clusterRole: desiredClusterRole(credspec),
    roleBindings: grants
      .filter(({ namespace }) => isActive(namespace))
      .map((grant) => ({ grant, desired: desiredRoleBinding(credspec, grant) })),
    surplus: existing.filter(({ namespace }) => namespace === undefined || !granted.has(namespace)),
    unseen: [...new Set(suspected)].filter(
      (namespace) => !granted.has(namespace) && !known.has(namespace),
    ),
    missingNamespaces: grants
      .map(({ namespace }) => namespace)
      .filter((namespace) => !isActive(namespace)),
  };
}
