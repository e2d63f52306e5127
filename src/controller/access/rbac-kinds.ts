// SPDX-License-Identifier: Apache-2.0
// ClusterRoles and RoleBindings as they are compared with what is there, and how one that differs is repaired.
// Pure.
import { hash } from 'node:crypto';
import { CREDSPEC_ANNOTATION, MANAGED_BY_LABEL } from '../../api/credspec.ts';
import type { FieldPath, KubeObject, ManagedKind, ObjectMeta } from '../../kube/managed-object.ts';
import { type ClusterRole, RBAC_GROUP, type RoleBinding } from './rbac-objects.ts';

/** Labels of this prefix make a ClusterRole part of others (`aggregate-to-admin`). */
const RBAC_LABEL_PREFIX = `${RBAC_GROUP}/`;

/** ClusterRoles, as they are compared and repaired. */
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
  comparedFields: ({ metadata, aggregationRule }) => [
    ...comparedMetadataFields(metadata),
    ['f:rules'],
    ...(aggregationRule === undefined ? [] : [['f:aggregationRule']]),
  ],
};

/** RoleBindings, as they are compared and repaired. */
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
      comparedSubjects(binding),
      comparedRoleRef(binding),
    ]),
  merge: (live, desired) => ({ ...desired, metadata: mergeMetadata(live, desired) }),
  // roleRef is immutable.
  mustReplace: (live, desired) =>
    comparedRoleRef(live).join('\n') !== comparedRoleRef(desired).join('\n'),
  isRevocation: (live, desired) => {
    const kept = new Set(comparedSubjects(desired).map((subject) => subject.join(' ')));
    return comparedSubjects(live).some((subject) => !kept.has(subject.join(' ')));
  },
  comparedFields: ({ metadata }) => [
    ...comparedMetadataFields(metadata),
    ['f:subjects'],
    ['f:roleRef'],
  ],
};

function comparedMetadata(metadata: ObjectMeta): unknown {
  return [
    metadata.labels?.[MANAGED_BY_LABEL],
    rbacLabels(metadata.labels),
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

/** The fields of {@link comparedMetadata}; one that is missing belongs to whoever removed it. */
function comparedMetadataFields({ labels, ownerReferences }: ObjectMeta): readonly FieldPath[] {
  return [
    ...[MANAGED_BY_LABEL, ...rbacLabels(labels)].map((label) => [
      'f:metadata',
      'f:labels',
      `f:${label}`,
    ]),
    ['f:metadata', 'f:annotations', `f:${CREDSPEC_ANNOTATION}`],
    ['f:metadata', 'f:ownerReferences'],
    ...(ownerReferences ?? []).map(({ uid }) => [
      'f:metadata',
      'f:ownerReferences',
      `k:${JSON.stringify({ uid })}`,
    ]),
  ];
}

function rbacLabels(labels: ObjectMeta['labels'] = {}): readonly string[] {
  return Object.keys(labels).filter((label) => label.startsWith(RBAC_LABEL_PREFIX));
}

function comparedSubjects({ subjects }: RoleBinding): readonly (readonly string[])[] {
  return (subjects ?? []).map(({ kind, apiGroup, name, namespace }) => [
    kind,
    apiGroup ?? '',
    name,
    namespace ?? '',
  ]);
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
