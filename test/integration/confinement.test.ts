// SPDX-License-Identifier: Apache-2.0
// The operator's token in an attacker's hands: RBAC and the admission policy of config/rbac refuse
// whatever the operator does not need, and the API server's own escalation check the rest.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { API_VERSION, KIND } from '../../src/api/credspec.ts';
import {
  desiredClusterRole,
  desiredRoleBinding,
} from '../../src/controller/access/rbac-objects.ts';
import type { ApiRequest } from '../../src/kube/client/client.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { ALLOWED, type Attempt, type StolenToken, stealToken } from './stolen-token.ts';

jest.setTimeout(60_000);

const POLICIES = [
  'gmsa-operator-confinement',
  'gmsa-operator-admission-confinement',
  'gmsa-operator-lease-confinement',
  'gmsa-operator-own-pods',
];

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

let cluster: TestCluster;
let attacker: StolenToken;
let namespace: string;
let elsewhere: string;
const credspec = { name: uniqueName('webapp'), uid: '' };

beforeAll(async () => {
  cluster = await startTestCluster();
  attacker = await stealToken(cluster);
  namespace = await cluster.createNamespace();
  elsewhere = await cluster.createNamespace();
  await cluster.applyCredspec(credspec.name);
  credspec.uid = (await cluster.credspec(credspec.name)).metadata.uid;
  // The policy takes effect a moment after it was created.
  await waitFor('the policy', async () => {
    const result = await attempt({
      method: 'POST',
      path: `${RBAC}/clusterroles`,
      query: { dryRun: 'All' },
      body: { ...role(), metadata: { ...role().metadata, name: 'not-a-generated-name' } },
    });
    return result.code !== ALLOWED.code;
  });
});

afterAll(async () => {
  attacker.client.close();
  await cluster.stop();
});

const role = () => desiredClusterRole(credspec);
const binding = () =>
  desiredRoleBinding(credspec, { namespace, serviceAccounts: ['web'], allServiceAccounts: false });

const attempt = (request: ApiRequest): Promise<Attempt> => attacker.attempt(request);

const createRole = (changes: object): ApiRequest => ({
  method: 'POST',
  path: `${RBAC}/clusterroles`,
  body: { ...role(), ...changes },
});
const createBinding = (changes: object, where = namespace): ApiRequest => ({
  method: 'POST',
  path: `${RBAC}/namespaces/${where}/rolebindings`,
  body: { ...binding(), metadata: { ...binding().metadata, namespace: where }, ...changes },
});

const lease = (changes: object): ApiRequest => ({
  method: 'PUT',
  path: '/apis/coordination.k8s.io/v1/namespaces/gmsa-operator-system/leases/gmsa-operator',
  query: { dryRun: 'All' },
  body: {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'gmsa-operator' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 3600 },
    ...changes,
  },
});

const deletionOf = (resource: string) => (): ApiRequest => ({
  method: 'DELETE',
  path: `/apis/admissionregistration.k8s.io/v1/${resource}/gmsa-operator`,
});

it('what the operator needs is allowed', async () => {
  expect(await attempt(lease({}))).toEqual(ALLOWED);
  expect(await attempt(createRole({}))).toEqual(ALLOWED);
  expect(await attempt(createBinding({}))).toEqual(ALLOWED);
  const path = roleBindingPath(namespace, credspec.name);
  expect(await attempt({ method: 'DELETE', path })).toEqual(ALLOWED);
  // The role stays: a binding to one that does not exist would be refused for that alone.
});

describe('all else is refused', () => {
  const rules = [
    {
      apiGroups: ['windows.k8s.io'],
      resources: ['gmsacredentialspecs'],
      resourceNames: [credspec.name],
      verbs: ['use'],
    },
  ];
  it.each<readonly [string, () => ApiRequest]>([
    [
      'edit cluster-admin',
      () => ({
        method: 'PATCH',
        path: `${RBAC}/clusterroles/cluster-admin`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { a: 'b' } } },
      }),
    ],
    [
      'delete cluster-admin',
      () => ({ method: 'DELETE', path: `${RBAC}/clusterroles/cluster-admin` }),
    ],
    [
      'delete its own role',
      () => ({ method: 'DELETE', path: `${RBAC}/clusterroles/gmsa-operator` }),
    ],
    [
      'bind itself to cluster-admin in the cluster',
      () => ({
        method: 'POST',
        path: `${RBAC}/clusterrolebindings`,
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'gmsa-operator:x' },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: 'cluster-admin',
          },
          subjects: [
            { kind: 'ServiceAccount', name: 'gmsa-operator', namespace: 'gmsa-operator-system' },
          ],
        },
      }),
    ],
    [
      'bind cluster-admin in a namespace',
      () =>
        createBinding({
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: 'cluster-admin',
          },
        }),
    ],
    ['read pods', () => ({ method: 'GET', path: '/api/v1/pods' })],
    [
      'a role with all rights under a generated name',
      () => createRole({ rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    ],
    [
      'a role that uses all credspecs',
      () => createRole({ rules: [{ ...rules[0], resourceNames: undefined }] }),
    ],
    [
      'a role that uses another credspec',
      () => createRole({ rules: [{ ...rules[0], resourceNames: ['another'] }] }),
    ],
    [
      'a role that may read its credspec',
      () => createRole({ rules: [{ ...rules[0], verbs: ['use', 'get'] }] }),
    ],
    ['a role with a second rule', () => createRole({ rules: [rules[0], rules[0]] })],
    [
      'a role that aggregates others',
      () =>
        createRole({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
    ],
    [
      'a role that becomes part of view',
      () =>
        createRole({
          metadata: {
            ...role().metadata,
            labels: {
              ...role().metadata.labels,
              'rbac.authorization.k8s.io/aggregate-to-view': 'true',
            },
          },
        }),
    ],
    [
      'a role of a free name',
      () => createRole({ metadata: { ...role().metadata, name: 'my-role' } }),
    ],
    [
      'a role without owner',
      () => createRole({ metadata: { ...role().metadata, ownerReferences: [] } }),
    ],
    [
      'a role with a second owner, with which it would go',
      () =>
        createRole({
          metadata: {
            ...role().metadata,
            ownerReferences: [
              ...(role().metadata.ownerReferences ?? []),
              { apiVersion: 'v1', kind: 'Namespace', name: 'x', uid: crypto.randomUUID() },
            ],
          },
        }),
    ],
    [
      'a role whose owner cannot be deleted before it',
      () =>
        createRole({
          metadata: {
            ...role().metadata,
            ownerReferences: role().metadata.ownerReferences?.map((owner) => ({
              ...owner,
              blockOwnerDeletion: true,
            })),
          },
        }),
    ],
    [
      'bind a user',
      () =>
        createBinding({
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }],
        }),
    ],
    [
      'bind another namespace’s service account',
      () =>
        createBinding({
          subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: elsewhere }],
        }),
    ],
    [
      'bind all service accounts of the cluster',
      () =>
        createBinding({
          subjects: [
            {
              kind: 'Group',
              apiGroup: 'rbac.authorization.k8s.io',
              name: 'system:serviceaccounts',
            },
          ],
        }),
    ],
    [
      'bind all authenticated users',
      () =>
        createBinding({
          subjects: [
            { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' },
          ],
        }),
    ],
    [
      'bind another namespace’s group',
      () =>
        createBinding({
          subjects: [
            {
              kind: 'Group',
              apiGroup: 'rbac.authorization.k8s.io',
              name: `system:serviceaccounts:${elsewhere}`,
            },
          ],
        }),
    ],
    [
      'a Role',
      () => ({
        method: 'POST',
        path: `${RBAC}/namespaces/${namespace}/roles`,
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'gmsa-operator:x' },
          rules: [],
        },
      }),
    ],
    [
      'change a credspec',
      () => ({
        method: 'PATCH',
        path: credspecPath(credspec.name),
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { a: 'b' } } },
      }),
    ],
    ['delete a credspec', () => ({ method: 'DELETE', path: credspecPath(credspec.name) })],
    [
      'make a credspec',
      () => ({
        method: 'POST',
        path: '/apis/windows.k8s.io/v1/gmsacredentialspecs',
        body: { apiVersion: API_VERSION, kind: KIND, metadata: { name: 'x' } },
      }),
    ],
    [
      'label a namespace',
      () => ({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { a: 'b' } } },
      }),
    ],
    [
      'a role that can never be deleted',
      () =>
        createRole({ metadata: { ...role().metadata, finalizers: ['example.com/stay-for-ever'] } }),
    ],
    ['delete its own webhook configuration', deletionOf('mutatingwebhookconfigurations')],
    ['delete its own other webhook configuration', deletionOf('validatingwebhookconfigurations')],
    ['hold the Lease for a year', () => lease({ spec: { leaseDurationSeconds: 31_536_000 } })],
    [
      'a Lease that can never be deleted',
      () => lease({ metadata: { name: 'gmsa-operator', finalizers: ['example.com/stay'] } }),
    ],
    [
      'a Lease that belongs to something',
      () =>
        lease({
          metadata: {
            name: 'gmsa-operator',
            ownerReferences: [
              { apiVersion: 'v1', kind: 'Namespace', name: 'x', uid: crypto.randomUUID() },
            ],
          },
        }),
    ],
    ...POLICIES.flatMap((policy) =>
      ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(
        (resource) =>
          [
            `remove its own confinement: ${resource}/${policy}`,
            (): ApiRequest => ({
              method: 'DELETE',
              path: `/apis/admissionregistration.k8s.io/v1/${resource}/${policy}`,
            }),
          ] as const,
      ),
    ),
    [
      'make a token of its own',
      () => ({
        method: 'POST',
        path: '/api/v1/namespaces/gmsa-operator-system/serviceaccounts/gmsa-operator/token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      }),
    ],
    [
      'a Lease of another name',
      () => ({
        method: 'PUT',
        path: '/apis/coordination.k8s.io/v1/namespaces/gmsa-operator-system/leases/another',
        body: {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'another' },
        },
      }),
    ],
  ])('%s', async (_, request) => {
    const { code, message } = await attempt(request());
    // 422: how the API server answers what a ValidatingAdmissionPolicy refuses.
    expect([403, 422]).toContain(code);
    expect(message).toMatch(
      / is forbidden: |ValidatingAdmissionPolicy 'gmsa-operator-(lease-)?confinement'/,
    );
  });

  it('take over somebody else’s RoleBinding under a generated name, in one step or two', async () => {
    const planted = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `gmsa-operator:${uniqueName('planted')}`, namespace },
      // A role without rules: the escalation check has nothing to refuse, so the policy must.
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: uniqueName('none'),
      },
    };
    await cluster.apply(
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: planted.roleRef.name },
        rules: [],
      },
      planted,
    );
    const path = `${RBAC}/namespaces/${namespace}/rolebindings/${planted.metadata.name}`;
    const policy = /ValidatingAdmissionPolicy 'gmsa-operator-confinement'/;
    expect((await attempt({ method: 'DELETE', path })).message).toMatch(policy);
    expect((await attempt({ method: 'PUT', path, body: planted })).message).toMatch(policy);
    const { labels, ownerReferences } = binding().metadata;
    const adopted = { ...planted, metadata: { ...planted.metadata, labels, ownerReferences } };
    expect((await attempt({ method: 'PUT', path, body: adopted })).message).toMatch(policy);
  });

  it('take over somebody else’s ClusterRole under a generated name', async () => {
    const other = { name: uniqueName('planted'), uid: credspec.uid };
    const planted = {
      ...desiredClusterRole(other),
      metadata: { name: `gmsa-operator:${other.name}` },
    };
    await cluster.apply(planted);
    const { code, message } = await attempt({
      method: 'PUT',
      path: clusterRolePath(other.name),
      body: desiredClusterRole(other),
    });
    expect(code).toBe(422);
    expect(message).toContain('takes over no object');
  });

  it('make an object of one credspec that belongs to another', async () => {
    const foreignOwner = desiredClusterRole({ name: 'another', uid: credspec.uid }).metadata;
    const { ownerReferences } = foreignOwner;
    const { code } = await attempt(
      createRole({ metadata: { ...role().metadata, ownerReferences } }),
    );
    expect(code).toBe(422);
  });
});

it('what is being deleted may be let go of, whatever somebody made of it', async () => {
  const other = { name: uniqueName('webapp'), uid: credspec.uid };
  const path = roleBindingPath(namespace, other.name);
  const edited = {
    ...desiredRoleBinding(other, {
      namespace,
      serviceAccounts: ['web'],
      allServiceAccounts: false,
    }),
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }],
  };
  await cluster.apply(desiredClusterRole(other), {
    ...edited,
    metadata: { ...edited.metadata, finalizers: ['example.com/hold'] },
  });
  await cluster.client.request({ method: 'DELETE', path });
  const held = await cluster.get(path);
  const labels = {
    ...held?.metadata.labels,
    'rbac.authorization.k8s.io/aggregate-to-view': 'true',
  };
  for (const worse of [
    { ...held, subjects: [...edited.subjects, ...edited.subjects] },
    { ...held, metadata: { ...held?.metadata, labels } },
    { ...held, metadata: { ...held?.metadata, annotations: { a: 'b' } } },
  ]) {
    expect((await attempt({ method: 'PUT', path, body: worse })).code).not.toBe(ALLOWED.code);
  }
  // Whatever the write says that removes the last finalizer, nothing of it is stored.
  const released = {
    ...held,
    metadata: { ...held?.metadata, finalizers: [], annotations: { a: 'b' } },
  };
  expect(await attempt({ method: 'PUT', path, body: released })).toEqual(ALLOWED);
  expect(await cluster.get(path)).toBeUndefined();
});
