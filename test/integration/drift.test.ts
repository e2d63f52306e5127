// SPDX-License-Identifier: Apache-2.0
// Generated objects that somebody edits, deletes or plants.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ClusterRole, RoleBinding } from '../../src/controller/access/rbac-objects.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startTestCluster();
  operator = await startInstalledOperator(cluster.controlPlane);
});

afterAll(async () => {
  await operator.close();
  await cluster.stop();
});

interface Granted {
  readonly name: string;
  readonly namespace: string;
  readonly role: string;
  readonly binding: string;
}

async function grantedCredspec(): Promise<Granted> {
  const namespace = await cluster.createNamespace();
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  return {
    name,
    namespace,
    role: clusterRolePath(name),
    binding: roleBindingPath(namespace, name),
  };
}

/** Patches an object as a person with full rights would. */
async function edit(path: string, patch: unknown): Promise<void> {
  await cluster.client.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    query: { fieldManager: 'kubectl-edit' },
    body: patch,
  });
}

/** What of an object has a meaning: everything but what the server counts and dates. */
async function meaning(path: string): Promise<unknown> {
  const object = await cluster.get(path);
  if (object === undefined) return undefined;
  const { labels, annotations, ownerReferences } = object.metadata;
  return { ...object, metadata: { labels, annotations, ownerReferences } };
}

describe('hand edits are undone', () => {
  it.each<readonly [string, 'binding' | 'role', (granted: Granted) => unknown]>([
    [
      'a subject of another namespace',
      'binding',
      () => ({ subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'kube-system' }] }),
    ],
    [
      'a user as subject',
      'binding',
      () => ({
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }],
      }),
    ],
    ['no subjects', 'binding', () => ({ subjects: null })],
    [
      'wider rules',
      'role',
      () => ({ rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    ],
    [
      'another credspec',
      'role',
      () => ({
        rules: [
          {
            apiGroups: ['windows.k8s.io'],
            resources: ['gmsacredentialspecs'],
            resourceNames: ['another'],
            verbs: ['use'],
          },
        ],
      }),
    ],
    [
      'a label that makes it part of admin',
      'role',
      () => ({
        metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
      }),
    ],
    [
      'an aggregation rule',
      'role',
      () => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
    ],
    ['no owner', 'role', () => ({ metadata: { ownerReferences: null } })],
    [
      'no label',
      'binding',
      () => ({ metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }),
    ],
    [
      'another annotation',
      'binding',
      () => ({ metadata: { annotations: { 'gmsa-operator.io/credspec': 'another' } } }),
    ],
  ])('%s', async (_, which, patch) => {
    const granted = await grantedCredspec();
    const path = granted[which];
    const before = await meaning(path);
    await edit(path, patch(granted));
    await waitFor('the repair', async () => {
      expect(await meaning(path)).toEqual(before);
      return true;
    });
    expect(await cluster.canUse(granted.name, `${granted.namespace}/web`)).toBe(true);
  });

  it('tells in an Event who changed what', async () => {
    const { name, namespace, binding } = await grantedCredspec();
    await edit(binding, { subjects: [{ kind: 'ServiceAccount', name: 'other', namespace }] });
    const described = await waitFor('the event', async () => {
      const text = await cluster.kubectl('describe', 'gmsacredentialspec', name);
      return text.includes('DriftRepaired') ? text : undefined;
    });
    expect(described).toContain(
      `RoleBinding ${namespace}/gmsa-operator:${name} was changed by kubectl-edit and restored`,
    );
  });

  it('the operator’s own changes raise no Warning, and do not slow it down', async () => {
    const { name, namespace } = await grantedCredspec();
    const more = ['api', 'batch', 'cron', 'dev', 'etl', 'flow', 'gate'];
    for (const account of more) {
      await cluster.allow(name, `${namespace}/web ${namespace}/${account}`);
      await waitFor(account, () => cluster.canUse(name, `${namespace}/${account}`));
    }
    await cluster.allow(name, undefined);
    await waitFor('the end', async () => !(await cluster.canUse(name, `${namespace}/web`)));
    await cluster.allow(name, `${namespace}/web`);
    await waitFor('the return', () => cluster.canUse(name, `${namespace}/web`));

    await operator.stop();
    await cluster.allow(name, `${namespace}/other`);
    operator = await startInstalledOperator(cluster.controlPlane);
    await waitFor('the change', () => cluster.canUse(name, `${namespace}/other`));
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.kubectl('describe', 'gmsacredentialspec', name)).not.toMatch(
      /^ *Warning /m,
    );
  });

  it('a planted binding that no entry grants is removed, and an Event says who wrote it', async () => {
    const { name, role } = await grantedCredspec();
    const namespace = await cluster.createNamespace();
    const { metadata } = (await cluster.get<ClusterRole>(role)) ?? {};
    await cluster.client.request({
      method: 'POST',
      path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
      query: { fieldManager: 'mallory' },
      body: {
        metadata: { name: metadata?.name, namespace, labels: metadata?.labels },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: metadata?.name,
        },
        subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace }],
      },
    });
    const note = `RoleBinding ${namespace}/gmsa-operator:${name} was written by mallory and removed`;
    await operator.logged('the removal', ({ message }) => message === note);
    expect(await cluster.get(roleBindingPath(namespace, name))).toBeUndefined();
  });

  it('a deleted object comes back, and an Event tells of it', async () => {
    const { name, namespace, binding, role } = await grantedCredspec();
    await cluster.kubectl('delete', 'rolebinding', '-n', namespace, `gmsa-operator:${name}`);
    await cluster.kubectl('delete', 'clusterrole', `gmsa-operator:${name}`);
    await waitFor('both', async () => {
      return (await cluster.get(binding)) !== undefined && (await cluster.get(role)) !== undefined;
    });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
    await operator.logged(
      'the repair',
      (line) =>
        line.credspec === name &&
        line.reason === 'DriftRepaired' &&
        line.message === `ClusterRole gmsa-operator:${name} was deleted and restored`,
    );
  });

  it('leaves labels and annotations of others on a repaired object', async () => {
    const { name, namespace, binding } = await grantedCredspec();
    await edit(binding, {
      metadata: { labels: { team: 'windows' }, annotations: { note: 'kept' } },
      subjects: null,
    });
    await waitFor('the repair', () => cluster.canUse(name, `${namespace}/web`));
    expect((await cluster.get<RoleBinding>(binding))?.metadata).toMatchObject({
      labels: { team: 'windows', 'app.kubernetes.io/managed-by': 'gmsa-operator' },
      annotations: { note: 'kept' },
    });
  });

  it('replaces a binding of ours whose role was swapped', async () => {
    const { name, namespace, binding } = await grantedCredspec();
    const ours = await cluster.get<RoleBinding>(binding);
    await cluster.client.request({ method: 'DELETE', path: binding });
    await cluster.client
      .request({
        method: 'POST',
        path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
        body: {
          ...ours,
          metadata: {
            name: ours?.metadata.name,
            labels: ours?.metadata.labels,
            ownerReferences: ours?.metadata.ownerReferences,
          },
          roleRef: { ...ours?.roleRef, name: 'cluster-admin' },
        },
      })
      // The operator was faster: the name is taken, which is as good.
      .catch(() => undefined);
    await waitFor('the right role', async () => {
      const now = await cluster.get<RoleBinding>(binding);
      return now?.roleRef.name === `gmsa-operator:${name}`;
    });
  });
});

it('a binding that lost its label while nobody watched goes with its entry all the same', async () => {
  const { name, namespace, binding } = await grantedCredspec();
  await operator.stop();
  await edit(binding, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
  await cluster.allow(name, undefined);
  operator = await startInstalledOperator(cluster.controlPlane);
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
  expect(await cluster.get(binding)).toBeUndefined();
  expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
});

it('a binding goes with its entry though label, annotation and status went while nobody watched', async () => {
  const { name, namespace, binding } = await grantedCredspec();
  await operator.stop();
  await edit(binding, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
  await cluster.allow(name, undefined);
  await edit(`${credspecPath(name)}/status`, { status: null });
  operator = await startInstalledOperator(cluster.controlPlane);
  await waitFor('the binding to go', async () => (await cluster.get(binding)) === undefined);
  expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
});

it('a binding goes with its entry though label, annotation and status went at the same time', async () => {
  const { name, binding } = await grantedCredspec();
  await operator.signal('SIGSTOP');
  await edit(binding, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
  await cluster.allow(name, undefined);
  await edit(`${credspecPath(name)}/status`, { status: null });
  await operator.signal('SIGCONT');
  await waitFor('the binding to go', async () => (await cluster.get(binding)) === undefined);
});

it('generated objects that lost their label while nobody watched get it back', async () => {
  const { binding, role } = await grantedCredspec();
  await operator.stop();
  const before = [await meaning(role), await meaning(binding)];
  for (const path of [role, binding]) await edit(path, { metadata: { labels: null } });
  operator = await startInstalledOperator(cluster.controlPlane);
  await waitFor('the labels', async () => {
    expect([await meaning(role), await meaning(binding)]).toEqual(before);
    return true;
  });
});

describe('what is not ours is never touched', () => {
  it('a planted RoleBinding is a Conflict with its name, and stays as it is', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('webapp');
    const planted = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `gmsa-operator:${name}`, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'somebody', namespace }],
    };
    await cluster.apply(planted);
    const path = roleBindingPath(namespace, name);
    const before = await cluster.get(path);
    await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
    const condition = await cluster.condition(name, 'AccessGranted', {
      status: 'False',
      reason: 'Conflict',
    });
    expect(condition.message).toContain(`RoleBinding ${namespace}/gmsa-operator:${name}`);
    await cluster.condition(name, 'Ready', { status: 'False', reason: 'Conflict' });
    expect((await cluster.credspec(name)).status?.observedAnnotationHash).toBeUndefined();

    await cluster.allow(name, undefined);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
    await cluster.kubectl('delete', 'gmsacredentialspec', name);
    await waitFor('the role to go', async () => !(await cluster.get(clusterRolePath(name))));
    expect(await cluster.get(path)).toEqual(before);
  });

  it('a planted ClusterRole is a Conflict, is not bound to anybody, and access comes when it goes', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('webapp');
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `gmsa-operator:${name}` },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    });
    const before = await cluster.get<ClusterRole>(clusterRolePath(name));
    await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
    await cluster.condition(name, 'AccessGranted', { status: 'False', reason: 'Conflict' });
    expect(await cluster.get(roleBindingPath(namespace, name))).toBeUndefined();
    expect(await cluster.get(clusterRolePath(name))).toEqual(before);

    await cluster.kubectl('delete', 'clusterrole', `gmsa-operator:${name}`);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
  });

  it('a ClusterRole planted in place of ours takes our bindings away', async () => {
    const { name, namespace, binding, role } = await grantedCredspec();
    // As one write, or the operator would have its role back first.
    await edit(role, {
      metadata: {
        labels: { 'app.kubernetes.io/managed-by': null },
        ownerReferences: null,
      },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    });
    await waitFor('the binding to go', async () => (await cluster.get(binding)) === undefined);
    await cluster.condition(name, 'AccessGranted', { status: 'False', reason: 'Conflict' });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
  });
});

describe('nothing but the credspec’s own annotation grants', () => {
  it('annotations and labels on ServiceAccounts, Namespaces and Pods widen nothing', async () => {
    const namespace = await cluster.createNamespace();
    const { name } = await grantedCredspec();
    const annotations = { 'gmsa-operator.io/allowed-service-accounts': `${namespace}/web` };
    await edit(`/api/v1/namespaces/${namespace}`, { metadata: { annotations } });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'web',
        namespace,
        annotations,
        labels: { 'gmsa-operator.io/credspec': name },
      },
    });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace, annotations },
      spec: { serviceAccountName: 'web', containers: [{ name: 'web', image: 'web' }] },
    });
    // A change that is seen later than those, to know that they had their chance.
    const later = await grantedCredspec();
    expect(await cluster.canUse(later.name, `${later.namespace}/web`)).toBe(true);
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
  });

  it('labels and annotations of a credspec are not copied to what is generated', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('webapp');
    await cluster.apply({
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: {
        name,
        labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true', team: 'windows' },
        annotations: { 'gmsa-operator.io/allowed-service-accounts': `${namespace}/web`, note: 'x' },
      },
      credspec: { CmsPlugins: ['ActiveDirectory'] },
    });
    await cluster.condition(name, 'AccessGranted', { status: 'True' });
    for (const path of [clusterRolePath(name), roleBindingPath(namespace, name)]) {
      const { metadata } = (await cluster.get(path)) ?? {};
      expect(metadata?.labels).toEqual({ 'app.kubernetes.io/managed-by': 'gmsa-operator' });
      expect(metadata?.annotations).toEqual({ 'gmsa-operator.io/credspec': name });
    }
  });
});
