// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { clusterRoleKind, roleBindingKind } from './rbac-kinds.ts';
import {
  type ClusterRole,
  desiredClusterRole,
  desiredRoleBinding,
  isOurs,
  type RoleBinding,
} from './rbac-objects.ts';

const credspec = { name: 'webapp1', uid: 'uid-1' };
const role = desiredClusterRole(credspec);
const binding = desiredRoleBinding(credspec, {
  namespace: 'prod',
  serviceAccounts: ['api', 'web'],
  allServiceAccounts: true,
});

/** As the API server gives it back: with what it adds. */
function live<T extends ClusterRole | RoleBinding>(object: T, metadata: object = {}): T {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [],
      ...metadata,
    },
  };
}

describe('the desired objects', () => {
  it('bind a namespace’s group first, then its service accounts by name', () => {
    expect(binding.subjects).toEqual([
      {
        kind: 'Group',
        apiGroup: 'rbac.authorization.k8s.io',
        name: 'system:serviceaccounts:prod',
      },
      { kind: 'ServiceAccount', name: 'api', namespace: 'prod' },
      { kind: 'ServiceAccount', name: 'web', namespace: 'prod' },
    ]);
  });

  it('have an owner that garbage collection goes by, and that needs no other permission', () => {
    expect(role.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'windows.k8s.io/v1',
        kind: 'GMSACredentialSpec',
        name: 'webapp1',
        uid: 'uid-1',
        controller: true,
      },
    ]);
  });
});

describe('the fingerprint', () => {
  it('is the same for what the API server gives back', () => {
    expect(clusterRoleKind.fingerprint(live(role))).toBe(clusterRoleKind.fingerprint(role));
    expect(roleBindingKind.fingerprint(live(binding))).toBe(roleBindingKind.fingerprint(binding));
  });

  it('does not see labels and annotations of others', () => {
    const labelled = live(role, {
      labels: { ...role.metadata.labels, team: 'a' },
      annotations: { ...role.metadata.annotations, note: 'b' },
    });
    expect(clusterRoleKind.fingerprint(labelled)).toBe(clusterRoleKind.fingerprint(role));
  });

  it.each<readonly [string, ClusterRole]>([
    ['no rules', { ...role, rules: null }],
    ['another verb', { ...role, rules: [{ ...role.rules?.[0], verbs: ['*'] }] }],
    ['one more rule', { ...role, rules: [...(role.rules ?? []), { verbs: ['get'] }] }],
    [
      'one more credspec',
      { ...role, rules: [{ ...role.rules?.[0], verbs: ['use'], resourceNames: ['webapp1', 'b'] }] },
    ],
    [
      'non-resource URLs',
      { ...role, rules: [{ ...role.rules?.[0], verbs: ['use'], nonResourceURLs: ['/'] }] },
    ],
    ['an aggregation rule', { ...role, aggregationRule: {} }],
    [
      'an aggregation label',
      live(role, {
        labels: { ...role.metadata.labels, 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' },
      }),
    ],
    ['another owner', live(role, { ownerReferences: [] })],
    [
      'the owner’s older incarnation',
      desiredClusterRole({ name: credspec.name, uid: 'another-uid' }),
    ],
    ['no label of ours', live(role, { labels: {} })],
  ])('sees %s in a ClusterRole', (_, changed) => {
    expect(clusterRoleKind.fingerprint(changed)).not.toBe(clusterRoleKind.fingerprint(role));
  });

  it.each<readonly [string, RoleBinding]>([
    ['no subjects', { ...binding, subjects: null }],
    [
      'a subject of another namespace',
      {
        ...binding,
        subjects: [
          ...(binding.subjects ?? []),
          { kind: 'ServiceAccount', name: 'web', namespace: 'dev' },
        ],
      },
    ],
    ['a user', { ...binding, subjects: [{ kind: 'User', name: 'web', namespace: 'prod' }] }],
    ['another role', { ...binding, roleRef: { ...binding.roleRef, name: 'admin' } }],
  ])('sees %s in a RoleBinding', (_, changed) => {
    expect(roleBindingKind.fingerprint(changed)).not.toBe(roleBindingKind.fingerprint(binding));
  });
});

describe('mending', () => {
  it('keeps what others may decide, and drops what would make the role part of others', () => {
    const found = live(
      { ...role, rules: null },
      {
        labels: { team: 'a', 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
        annotations: { note: 'b' },
        finalizers: ['example.com/keep'],
        ownerReferences: [],
      },
    );
    const mended = clusterRoleKind.merge(found, role);
    expect(mended.metadata).toMatchObject({
      resourceVersion: '7',
      labels: { team: 'a', ...role.metadata.labels },
      annotations: { note: 'b', ...role.metadata.annotations },
      finalizers: ['example.com/keep'],
    });
    expect(Object.keys(mended.metadata.labels ?? {})).toHaveLength(2);
    expect(clusterRoleKind.fingerprint(mended)).toBe(clusterRoleKind.fingerprint(role));
  });

  it('replaces a role that aggregates others, for only administrators may change one', () => {
    expect(clusterRoleKind.mustReplace(live({ ...role, aggregationRule: {} }), role)).toBe(true);
    expect(clusterRoleKind.mustReplace(live(role), role)).toBe(false);
  });

  it('replaces a binding whose roleRef differs, for it is immutable', () => {
    const swapped = { ...binding, roleRef: { ...binding.roleRef, name: 'admin' } };
    expect(roleBindingKind.mustReplace(swapped, binding)).toBe(true);
    expect(roleBindingKind.mustReplace(live(binding), binding)).toBe(false);
  });
});

describe('ownership', () => {
  it.each<readonly [string, object, boolean]>([
    ['neither label nor owner', { labels: {}, ownerReferences: [] }, false],
    [
      'another operator’s label',
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, ownerReferences: [] },
      false,
    ],
    ['the label alone', { ownerReferences: [] }, true],
    ['the owner alone', { labels: {} }, true],
    [
      'an older incarnation as owner',
      { labels: {}, ownerReferences: [{ apiVersion: '', kind: '', name: 'webapp1', uid: 'old' }] },
      false,
    ],
  ])('%s', (_, metadata, expected) => {
    expect(isOurs(live(role, metadata), 'uid-1')).toBe(expected);
  });

  it('without a credspec an object without owners is nobody’s', () => {
    expect(isOurs({ ...role, metadata: { name: 'x' } }, undefined)).toBe(false);
  });
});
