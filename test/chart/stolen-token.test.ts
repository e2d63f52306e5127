// SPDX-License-Identifier: Apache-2.0
// The token of an installed operator in an attacker's hands, while the operator runs. Release and namespace
// have other names than by default, for the chart writes them into the policies. Every field of every object
// is tried in test/integration/confinement.test.ts and admission-confinement.test.ts, with config/rbac, to
// which the chart is held by plain-manifests.test.ts.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  ValidatingWebhookConfiguration,
  Webhook,
} from '../../src/controller/webhooks/registration-types.ts';
import {
  desiredClusterRole,
  desiredRoleBinding,
} from '../../src/controller/access/rbac-objects.ts';
import type { ApiRequest } from '../../src/kube/client/client.ts';
import { namespaceWith, readyCredspec, SERVICE_ACCOUNT } from '../integration/windows-pods.ts';
import { type StolenToken, stealToken } from '../integration/stolen-token.ts';
import { credspecPath, roleBindingPath } from '../support/test-cluster.ts';
import { type Installation, startInstallation } from './installation.ts';
import { SHORT } from './values.ts';

jest.setTimeout(60_000);

const NAMES = { release: 'prod', namespace: 'identity', fullname: 'prod-gmsa' };
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const CONFIGURATIONS = [
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
] as const;

let installation: Installation;
let attacker: StolenToken;
const credspec = { name: '', uid: '' };
let namespace = '';

beforeAll(async () => {
  installation = await startInstallation({}, NAMES);
  const { cluster } = installation;
  const { code, stderr } = await installation.install({ ...SHORT, nameOverride: 'gmsa' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await (await installation.replicas()).startReplica();
  namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
  credspec.name = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
  credspec.uid = (await cluster.credspec(credspec.name)).metadata.uid;
  attacker = await stealToken(cluster, NAMES.namespace, NAMES.fullname);
});

afterAll(async () => {
  attacker.client.close();
  await installation.stop();
});

const merge = (path: string, body: object): ApiRequest => ({
  method: 'PATCH',
  path,
  contentType: 'application/merge-patch+json',
  body,
});

const roleBinding = (changes: object, where = namespace): ApiRequest => {
  const grants = { namespace: where, serviceAccounts: ['x'], allServiceAccounts: false };
  const path = `${RBAC}/namespaces/${where}/rolebindings`;
  return { method: 'POST', path, body: { ...desiredRoleBinding(credspec, grants), ...changes } };
};

const clusterAdmin = {
  apiGroup: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: 'cluster-admin',
};
const itself = { kind: 'ServiceAccount', name: NAMES.fullname, namespace: NAMES.namespace };

/** The operator's RoleBinding in its own hand, with somebody else in it. */
async function boundTo(subject: object): Promise<ApiRequest> {
  const path = roleBindingPath(namespace, credspec.name);
  const live = await installation.cluster.get<object>(path);
  return { method: 'PUT', path, body: { ...live, subjects: [subject] } };
}

describe('attempts, all refused', () => {
  it.each<readonly [string, () => ApiRequest | Promise<ApiRequest>]>([
    ['edit cluster-admin', () => merge(`${RBAC}/clusterroles/cluster-admin`, { rules: [] })],
    [
      'bind itself to cluster-admin',
      () => ({
        method: 'POST',
        path: `${RBAC}/clusterrolebindings`,
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: `gmsa-operator:${credspec.name}` },
          roleRef: clusterAdmin,
          subjects: [itself],
        },
      }),
    ],
    [
      'bind itself to cluster-admin in a namespace',
      () => roleBinding({ roleRef: clusterAdmin, subjects: [itself] }, NAMES.namespace),
    ],
    [
      'have its own role say more',
      () =>
        merge(`${RBAC}/clusterroles/${NAMES.fullname}`, {
          rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
        }),
    ],
    ['read all Secrets', () => ({ method: 'GET', path: '/api/v1/secrets' })],
    [
      'read the Secrets of its own namespace',
      () => ({ method: 'GET', path: `/api/v1/namespaces/${NAMES.namespace}/secrets` }),
    ],
    [
      'read the release that Helm keeps in one',
      () => ({
        method: 'GET',
        path: `/api/v1/namespaces/${NAMES.namespace}/secrets/sh.helm.release.v1.prod.v1`,
      }),
    ],
    [
      'bind a credspec to a user',
      () => boundTo({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'mallory' }),
    ],
    [
      'bind a credspec to another namespace’s service account',
      () => boundTo({ kind: 'ServiceAccount', name: 'default', namespace: 'default' }),
    ],
    [
      'bind a credspec to everybody',
      () =>
        boundTo({
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'Group',
          name: 'system:authenticated',
        }),
    ],
    [
      'aggregate a generated role to view',
      () => ({
        method: 'POST',
        path: `${RBAC}/clusterroles`,
        body: {
          ...desiredClusterRole({ name: 'another', uid: credspec.uid }),
          metadata: {
            ...desiredClusterRole({ name: 'another', uid: credspec.uid }).metadata,
            labels: {
              'app.kubernetes.io/managed-by': 'gmsa-operator',
              'rbac.authorization.k8s.io/aggregate-to-view': 'true',
            },
          },
        },
      }),
    ],
    [
      'change a credspec',
      () => merge(credspecPath(credspec.name), { metadata: { annotations: { a: 'b' } } }),
    ],
    [
      'label a namespace',
      () => merge(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { a: 'b' } } }),
    ],
    [
      'run a pod as who may use it',
      () => ({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [] } },
      }),
    ],
    [
      'take the token of who may use it',
      () => ({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/serviceaccounts/${SERVICE_ACCOUNT}/token`,
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      }),
    ],
    [
      'lead webhook calls elsewhere by the Service',
      () =>
        merge(`/api/v1/namespaces/${NAMES.namespace}/services/prod-gmsa-webhook`, {
          spec: { externalName: 'mallory.example' },
        }),
    ],
    [
      'replace its own program',
      () =>
        merge(`/apis/apps/v1/namespaces/${NAMES.namespace}/deployments/prod-gmsa`, {
          spec: { replicas: 0 },
        }),
    ],
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].flatMap((resource) =>
      ['gmsa-operator-confinement', 'gmsa-operator-admission-confinement'].map(
        (name) =>
          [
            `remove what confines it: ${resource}/${name}`,
            (): ApiRequest => ({ method: 'DELETE', path: `${REGISTRATION}/${resource}/${name}` }),
          ] as const,
      ),
    ),
  ])('%s', async (_, request) => {
    const { code, message } = await attacker.attempt(await request());
    // 422: how the API server answers what a ValidatingAdmissionPolicy refuses.
    expect([403, 422]).toContain(code);
    expect(message).toMatch(/ is forbidden: |ValidatingAdmissionPolicy 'gmsa-operator-/);
  });

  describe.each(CONFIGURATIONS)('its own %s', (resource) => {
    const path = `${REGISTRATION}/${resource}/gmsa-operator`;
    const tap = {
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['*'],
      resources: ['secrets'],
      scope: '*',
    };
    it.each<readonly [string, (webhooks: readonly Webhook[]) => readonly object[]]>([
      ['emptied', () => []],
      ['with other rules', (webhooks) => webhooks.map((each) => ({ ...each, rules: [tap] }))],
      [
        'as a tap on Secrets beside what is shipped',
        (webhooks) => [...webhooks, { ...webhooks[0], name: 'tap.example.com', rules: [tap] }],
      ],
      [
        'for pods that mention no GMSA',
        (webhooks) => webhooks.map((each) => ({ ...each, matchConditions: [] })),
      ],
      [
        'with a namespace left out',
        (webhooks) =>
          webhooks.map((each) => ({ ...each, namespaceSelector: { matchLabels: { a: 'b' } } })),
      ],
      [
        'that lets pass',
        (webhooks) =>
          webhooks.map((each) => ({
            ...each,
            failurePolicy: each.failurePolicy === 'Fail' ? 'Ignore' : 'Fail',
          })),
      ],
      [
        'with an empty CA bundle',
        (webhooks) =>
          webhooks.map((each) => ({
            ...each,
            clientConfig: { ...each.clientConfig, caBundle: '' },
          })),
      ],
      [
        'that call the Service of a release by default names',
        (webhooks) =>
          webhooks.map((each) => ({
            ...each,
            clientConfig: {
              ...each.clientConfig,
              service: {
                namespace: 'gmsa-operator-system',
                name: 'gmsa-operator-webhook',
                path: '/',
                port: 443,
              },
            },
          })),
      ],
    ])('%s', async (_, change) => {
      const live = await installation.cluster.get<ValidatingWebhookConfiguration>(path);
      const webhooks = change(live?.webhooks ?? []);
      expect(live?.webhooks?.length).toBeGreaterThan(0);
      const { code, message } = await attacker.attempt({
        method: 'PUT',
        path,
        body: { ...live, webhooks },
      });
      expect({ code, message }).toEqual({
        code: 422,
        message: expect.stringContaining(
          "ValidatingAdmissionPolicy 'gmsa-operator-admission-confinement'",
        ),
      });
    });

    it('beside one of its own', async () => {
      const live = await installation.cluster.get<ValidatingWebhookConfiguration>(path);
      const body = { ...live, metadata: { name: 'mallory' } };
      const { code } = await attacker.attempt({
        method: 'POST',
        path: `${REGISTRATION}/${resource}`,
        body,
      });
      expect(code).toBe(403);
    });
  });
});

it('and nothing of it has changed anything', async () => {
  const { cluster } = installation;
  expect(await cluster.canUse(credspec.name, `${namespace}/${SERVICE_ACCOUNT}`)).toBe(true);
  expect(await cluster.canUse(credspec.name, 'default/default')).toBe(false);
  await cluster.condition(credspec.name, 'Ready', { status: 'True' });
});
