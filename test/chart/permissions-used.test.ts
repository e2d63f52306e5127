// SPDX-License-Identifier: Apache-2.0
// No permission that the chart gives the operator is spare: the API server's audit log shows that each is
// made use of. For those that it does not log, see permissions-lost.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { desiredRoleBinding } from '../../src/controller/access/rbac-objects.ts';
import {
  createPod,
  gmsa,
  namespaceWith,
  readyCredspec,
  refusalOf,
  SERVICE_ACCOUNT,
  windowsPod,
} from '../integration/windows-pods.ts';
import { auditFlags } from '../bench/audit-log.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { NAMESPACE, RELEASE } from './helm.ts';
import { type Installation, startInstallation } from './installation.ts';
import { SHORT } from './values.ts';
import {
  auditPolicyFor,
  operatorRoles,
  NOT_LOGGED,
  permissionsIn,
  permissionsUsed,
} from './permissions.ts';

jest.setTimeout(120_000);

const CONFIGURATIONS = [
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
] as const;
const SECRETS = ['gmsa-operator-webhook-cert', 'gmsa-operator-webhook-ca'] as const;

let directory: string;
let installation: Installation;

const request = (...args: Parameters<Installation['cluster']['client']['request']>) =>
  installation.cluster.client.request(...args);
const get = <T>(path: string): Promise<T | undefined> => installation.cluster.get<T>(path);
const apply = (object: object): Promise<string> => installation.cluster.apply(object);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-rules-'));
  const user = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;
  const policyFile = join(directory, 'audit-policy.json');
  await writeFile(policyFile, JSON.stringify(auditPolicyFor(user)));
  installation = await startInstallation({
    extraApiServerArgs: auditFlags(policyFile, join(directory, 'audit.log')),
  });
  expect(await installation.install(SHORT)).toMatchObject({ code: 0, stderr: '' });
});

afterAll(async () => {
  await installation.stop();
  await rm(directory, { recursive: true });
});

it('every permission is made use of, or decides within another request', async () => {
  // Of a type that has to be replaced.
  for (const name of SECRETS) {
    const metadata = { name, namespace: NAMESPACE };
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' });
  }
  const replicas = await installation.replicas();
  await Promise.all([replicas.startReplica(), replicas.startReplica()]);
  await useAll();
  await replicas.close();

  const roles = await operatorRoles(installation.cluster);
  const granted = roles.flatMap(({ object }) => permissionsIn(object.rules));
  const used = await permissionsUsed(join(directory, 'audit.log'), granted);
  const rest = granted.filter((permission) => !used.has(permission));
  expect(rest.sort()).toEqual([...NOT_LOGGED].sort());
});

/** Has the operator do all that it can do. */
async function useAll(): Promise<void> {
  const { cluster } = installation;
  const namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
  const allowed = `${namespace}/${SERVICE_ACCOUNT}`;
  const credspec = await readyCredspec(cluster, { allowed });
  const pod = (name: string) => windowsPod(namespace, { securityContext: gmsa(name) });
  await createPod(cluster.client, pod(credspec));
  // One that is not in the cache is looked for.
  await refusalOf(createPod(cluster.client, pod(uniqueName('nobody'))));

  const binding = roleBindingPath(namespace, credspec);
  for (const path of [clusterRolePath(credspec), binding, binding]) {
    await spoiled(path, { metadata: { labels: { 'app.kubernetes.io/managed-by': 'somebody' } } });
  }
  for (const resource of CONFIGURATIONS) {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/gmsa-operator`;
    await spoiled(path, { webhooks: [] });
    await request({ method: 'DELETE', path });
    await waitFor(`${resource} to be back`, () => get(path));
  }
  for (const name of SECRETS) {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/${name}`;
    await spoiled(path, { data: { 'tls.key': Buffer.from('rubbish').toString('base64') } });
    await request({ method: 'DELETE', path });
    await waitFor(`${name} to be back`, () => get(path));
  }

  // A binding that somebody planted is read and left alone.
  const planted = await namespaceWith(cluster, SERVICE_ACCOUNT);
  const grants = { namespace: planted, serviceAccounts: ['x'], allServiceAccounts: false };
  const { subjects, roleRef, metadata } = desiredRoleBinding({ name: credspec, uid: 'x' }, grants);
  await apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: metadata.name, namespace: planted },
    roleRef,
    subjects,
  });
  await cluster.allow(credspec, `${allowed}, ${planted}/x`);
  await cluster.condition(credspec, 'AccessGranted', { status: 'False', reason: 'Conflict' });
  await cluster.allow(credspec, undefined);
  await waitFor('the binding to be gone', async () => (await get(binding)) === undefined);
  await request({ method: 'DELETE', path: credspecPath(credspec) });
  await waitFor(
    'the role to be gone',
    async () => (await get(clusterRolePath(credspec))) === undefined,
  );
}

/** Changes an object, and waits until the operator has put it right. */
async function spoiled(path: string, change: object): Promise<void> {
  const version = (object: unknown) =>
    (object as { metadata: { resourceVersion: string } } | undefined)?.metadata.resourceVersion;
  const changed = version(
    await request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: change,
    }),
  );
  await waitFor(`${path} to be put right`, async () => {
    const now = version(await get(path));
    return now !== undefined && now !== changed;
  });
}
