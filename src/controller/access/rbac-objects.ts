// SPDX-License-Identifier: Apache-2.0
// The RBAC objects that stand for a credspec's access, as data: what they must be, and which of them the operator
// owns. Pure.
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import {
  API_VERSION,
  CREDSPEC_ANNOTATION,
  GROUP,
  KIND,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  PLURAL,
} from '../../api/credspec.ts';
import { clusterRoleName, roleBindingName } from '../../api/generated-names.ts';
import type { KubeObject, ObjectMeta } from '../../kube/managed-object.ts';
import { objectKey } from '../../kube/client/resource.ts';

/** The credspec that generated objects belong to. */
export interface CredspecOwner {
  readonly name: string;
  readonly uid: string;
}

/** `rbac.authorization.k8s.io/v1` ClusterRole. */
export interface ClusterRole extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: unknown;
}

interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** `rbac.authorization.k8s.io/v1` RoleBinding. */
export interface RoleBinding extends KubeObject {
  readonly subjects?: readonly Subject[] | null;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
}

interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** API group of ClusterRoles and RoleBindings. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

const RBAC_API_VERSION = `${RBAC_GROUP}/v1`;

/** The ClusterRole that allows `use` of one credspec, and nothing else. */
export function desiredClusterRole(credspec: CredspecOwner): ClusterRole {
  return {
    apiVersion: RBAC_API_VERSION,
    kind: 'ClusterRole',
    metadata: { name: clusterRoleName(credspec.name), ...ownedMetadata(credspec) },
    rules: [
      {
        apiGroups: [GROUP],
        resources: [PLURAL],
        verbs: ['use'],
        resourceNames: [credspec.name],
      },
    ],
  };
}

/** The RoleBinding that gives a credspec's ClusterRole to what one namespace's entries allow. */
export function desiredRoleBinding(credspec: CredspecOwner, grant: NamespaceGrant): RoleBinding {
  const { namespace } = grant;
  return {
    apiVersion: RBAC_API_VERSION,
    kind: 'RoleBinding',
    metadata: { name: roleBindingName(credspec.name), namespace, ...ownedMetadata(credspec) },
    subjects: [
      ...(grant.allServiceAccounts
        ? [{ kind: 'Group', apiGroup: RBAC_GROUP, name: `system:serviceaccounts:${namespace}` }]
        : []),
      ...grant.serviceAccounts.map((name) => ({ kind: 'ServiceAccount', name, namespace })),
    ],
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: clusterRoleName(credspec.name) },
  };
}

/**
 * Whether the operator may write or delete an object that has a generated name: the object carries the
 * managed-by label or an owner reference to the credspec's UID. Any other object of that name belongs to
 * somebody else, and is reported as a conflict.
 */
export function isOurs(object: KubeObject, credspecUid: string | undefined): boolean {
  return (
    object.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY_VALUE ||
    (object.metadata.ownerReferences?.some(({ uid }) => uid === credspecUid) ?? false)
  );
}

/** How messages name a generated object: `RoleBinding prod/gmsa-operator:webapp1`. */
export function describeObject(kind: KubeObject['kind'], metadata: ObjectMeta): string {
  return `${kind} ${objectKey(metadata)}`;
}

function ownedMetadata(credspec: CredspecOwner) {
  return {
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY_VALUE },
    annotations: { [CREDSPEC_ANNOTATION]: credspec.name },
    // No blockOwnerDeletion: to set it wants a permission on the credspec's finalizers.
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: KIND,
        name: credspec.name,
        uid: credspec.uid,
        controller: true,
      },
    ],
  };
}
