// SPDX-License-Identifier: Apache-2.0
// The RBAC objects that stand for a credspec's access, as data: what they must be, what of them is
// compared, and how one that differs is mended. Pure.
import { hash } from 'node:crypto';
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
import type { KubeObject, ManagedKind, ObjectMeta } from '../../kube/managed-object.ts';
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

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC_API_VERSION = `${RBAC_GROUP}/v1`;

/** Labels of this prefix make a ClusterRole part of others (`aggregate-to-admin`). */
const RBAC_LABEL_PREFIX = `${RBAC_GROUP}/`;

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

/** ClusterRoles, as they are compared and mended. */
export const clusterRoleKind: ManagedKind<ClusterRole> = {
  resource: {
    group: RBAC_GROUP,
    version: 'v1',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    namespaced: false,
  },
  fingerprint: (role) =>
    digest([
      comparedMetadata(role.metadata),
      (role.rules ?? []).map((rule) => [
        rule.apiGroups ?? [],
        rule.resources ?? [],
        rule.resourceNames ?? [],
        rule.verbs,
        rule.nonResourceURLs ?? [],
      ]),
      // The API server fills the rules of an aggregated role with those of others.
      role.aggregationRule !== undefined,
    ]),
  merge: (live, desired) => ({ ...desired, metadata: mergeMetadata(live, desired) }),
  // The API server lets nobody but a full administrator change a role that aggregates others, not
  // even to end that; to delete it takes no more than the right to delete.
  mustReplace: (live) => live.aggregationRule !== undefined,
};

/** RoleBindings, as they are compared and mended. */
export const roleBindingKind: ManagedKind<RoleBinding> = {
  resource: {
    group: RBAC_GROUP,
    version: 'v1',
    kind: 'RoleBinding',
    plural: 'rolebindings',
    namespaced: true,
  },
  fingerprint: (binding) =>
    digest([
      comparedMetadata(binding.metadata),
      (binding.subjects ?? []).map(({ kind, apiGroup, name, namespace }) => [
        kind,
        apiGroup ?? '',
        name,
        namespace ?? '',
      ]),
      comparedRoleRef(binding),
    ]),
  merge: (live, desired) => ({ ...desired, metadata: mergeMetadata(live, desired) }),
  // roleRef is immutable.
  mustReplace: (live, desired) =>
    comparedRoleRef(live).join('\n') !== comparedRoleRef(desired).join('\n'),
};

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

function comparedMetadata(metadata: ObjectMeta): unknown {
  return [
    metadata.labels?.[MANAGED_BY_LABEL],
    Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(RBAC_LABEL_PREFIX)),
    metadata.annotations?.[CREDSPEC_ANNOTATION],
    (metadata.ownerReferences ?? []).map((owner) => [
      owner.apiVersion,
      owner.kind,
      owner.name,
      owner.uid,
      owner.controller ?? false,
      owner.blockOwnerDeletion ?? false,
    ]),
  ];
}

function comparedRoleRef({ roleRef }: RoleBinding): readonly string[] {
  return [roleRef.apiGroup, roleRef.kind, roleRef.name];
}

/** Labels and annotations of others stay, but for those that would make the role part of others. */
function mergeMetadata(live: KubeObject, desired: KubeObject): ObjectMeta {
  const harmless = Object.entries(live.metadata.labels ?? {}).filter(
    ([label]) => !label.startsWith(RBAC_LABEL_PREFIX),
  );
  return {
    ...live.metadata,
    labels: { ...Object.fromEntries(harmless), ...desired.metadata.labels },
    annotations: { ...live.metadata.annotations, ...desired.metadata.annotations },
    ownerReferences: desired.metadata.ownerReferences ?? [],
  };
}

/** 128 bits of SHA-256: kept once an object, and nobody can make two objects that share one. */
function digest(compared: unknown): string {
  return hash('sha256', JSON.stringify(compared), 'buffer').toString('base64url', 0, 16);
}
