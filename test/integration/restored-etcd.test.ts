// SPDX-License-Identifier: Apache-2.0
// etcd is restored to an earlier moment under a running operator: resourceVersions go back and are given out again, and
// what the operator knows has never happened.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { established } from '../support/established.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  CRD_FILE,
  credspecPath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(180_000);

const SOON = { timeoutMs: 30_000 };

/** More than anything else writes in the time of the test. */
const WRITES = 400;

const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('a running operator', () => {
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

  /** Moves the versions of the restored history past those of the lost one. */
  async function writeOn(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const metadata = { name: uniqueName('writes') };
    await cluster.client.request({ method: 'POST', path, body: { metadata } });
    for (let i = 0; i < WRITES; i++) {
      await cluster.client.request({
        method: 'PATCH',
        path: `${path}/${metadata.name}`,
        contentType: 'application/merge-patch+json',
        body: { data: { count: String(i) } },
      });
    }
  }

  async function ready(allowed: string): Promise<string> {
    const name = uniqueName('webapp');
    await cluster.applyCredspec(name, { allowed });
    await cluster.condition(name, 'Ready', { status: 'True' });
    return name;
  }

  const remove = (path: string): Promise<unknown> =>
    cluster.client.request({ method: 'DELETE', path });

  it.each([
    ['versions are behind those that it knows', 0],
    ['versions have passed those that it knows', WRITES],
  ])('takes over what a restored etcd holds: %s', async (_, writes) => {
    const [first, second, later] = [
      await cluster.createNamespace(),
      await cluster.createNamespace(),
      uniqueName('later'),
    ];
    const granted = await ready(`${first}/web`);
    const revoked = await ready(`${first}/web`);
    const deleted = await ready(`${first}/web`);
    const waiting = await ready(`${later}/web`);
    const planted = uniqueName('webapp');
    const foreign = roleBindingPath(first, planted);
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `gmsa-operator:${planted}`, namespace: first },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    });
    await cluster.applyCredspec(planted, { allowed: `${first}/web` });
    await cluster.condition(planted, 'AccessGranted', { status: 'False', reason: 'Conflict' });

    // The backup holds what was asked for, and nothing of what the operator did about it.
    await operator.signal('SIGSTOP');
    await cluster.allow(granted, `${first}/web ${second}/web`);
    await cluster.allow(revoked, undefined);
    await remove(credspecPath(deleted));
    await cluster.kubectl('create', 'namespace', later);
    const restore = await cluster.controlPlane.control?.backUp();
    await operator.signal('SIGCONT');

    await waitFor('the binding', () => cluster.get(roleBindingPath(second, granted)));
    await waitFor(
      'the revocation',
      async () => !(await cluster.get(roleBindingPath(first, revoked))),
    );
    await waitFor('the role to go', async () => !(await cluster.get(clusterRolePath(deleted))));
    await waitFor('the namespace', () => cluster.get(roleBindingPath(later, waiting)));
    await remove(foreign);
    await waitFor('our own binding', () => cluster.get(foreign), SOON);
    const lost = await ready(`${first}/web`);
    await cluster.allow(granted, `${second}/web`);
    await waitFor(
      'the end of one',
      async () => !(await cluster.get(roleBindingPath(first, granted))),
    );

    await restore?.();
    if (writes > 0) await writeOn(first);

    await waitFor('what is granted', () => cluster.canUse(granted, `${first}/web`), SOON);
    await waitFor('what was granted', () => cluster.canUse(granted, `${second}/web`), SOON);
    await waitFor('the new namespace', () => cluster.canUse(waiting, `${later}/web`), SOON);
    for (const gone of [
      roleBindingPath(first, revoked),
      roleBindingPath(first, deleted),
      clusterRolePath(deleted),
      roleBindingPath(first, lost),
      clusterRolePath(lost),
    ]) {
      await waitFor(`${gone} to go`, async () => (await cluster.get(gone)) === undefined, SOON);
    }
    await cluster.condition(planted, 'AccessGranted', { status: 'False', reason: 'Conflict' });
    expect(await cluster.get(foreign)).toMatchObject({ roleRef: { name: 'view' } });
    // And it goes on from there.
    await cluster.allow(granted, undefined);
    await waitFor(
      'a revocation',
      async () => !(await cluster.get(roleBindingPath(first, granted))),
    );
  });

  it('removes what it generated for credspecs that went with their CustomResourceDefinition', async () => {
    const namespace = await cluster.createNamespace();
    const [gone, back] = [await ready(`${namespace}/web`), await ready(`${namespace}/web`)];
    await cluster.kubectl('delete', '--filename', CRD_FILE);
    await cluster.kubectl('apply', '--filename', CRD_FILE);
    await established(cluster.kubectl, ['-f', CRD_FILE]);
    await cluster.applyCredspec(back, { allowed: `${namespace}/web` });
    await cluster.condition(back, 'Ready', { status: 'True' });
    for (const path of [roleBindingPath(namespace, gone), clusterRolePath(gone)]) {
      await waitFor(`${path} to go`, async () => (await cluster.get(path)) === undefined, SOON);
    }
    const { uid } = (await cluster.credspec(back)).metadata;
    await waitFor(
      'its owner',
      async () => {
        const role = await cluster.get(clusterRolePath(back));
        return role?.metadata.ownerReferences?.[0]?.uid === uid;
      },
      SOON,
    );
    expect(await cluster.canUse(back, `${namespace}/web`)).toBe(true);
  });
});
