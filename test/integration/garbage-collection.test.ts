// SPDX-License-Identifier: Apache-2.0
// With the real kube-controller-manager: garbage collection, and namespaces that really go.
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/control-plane/free-port.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import { readRegistrations } from './webhook-registrations.ts';

jest.setTimeout(90_000);

/** The garbage collector looks for new kinds every 30 s. */
const GARBAGE_COLLECTION = { timeoutMs: 60_000 };

let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true });
});

afterEach(() => operator.close());
afterAll(() => cluster.stop());

async function start(): Promise<void> {
  operator = await startInstalledOperator(cluster.controlPlane, ['--leader-elect=false']);
}

async function granted(): Promise<{ namespace: string; name: string }> {
  const namespace = await cluster.createNamespace();
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  return { namespace, name };
}

async function isGone({ namespace, name }: { namespace: string; name: string }): Promise<boolean> {
  const left = await Promise.all([
    cluster.get(roleBindingPath(namespace, name)),
    cluster.get(clusterRolePath(name)),
  ]);
  return left.every((object) => object === undefined);
}

it('deleting a credspec leaves nothing with the operator down', async () => {
  await start();
  const credspec = await granted();
  await operator.stop();
  await cluster.kubectl('delete', 'gmsacredentialspec', credspec.name);
  await waitFor('garbage collection', () => isGone(credspec), GARBAGE_COLLECTION);
});

it('what was orphaned while the operator was down is swept when it starts', async () => {
  await start();
  const credspec = await granted();
  await operator.close();
  await cluster.kubectl('delete', 'gmsacredentialspec', credspec.name, '--cascade=orphan');
  await waitFor(
    'the owner reference to go',
    async () => {
      const role = await cluster.get(clusterRolePath(credspec.name));
      return role !== undefined && role.metadata.ownerReferences === undefined;
    },
    GARBAGE_COLLECTION,
  );
  await start();
  await waitFor('the sweep', () => isGone(credspec));
});

it('a credspec that is deleted in the foreground goes, and its access with it', async () => {
  await start();
  const credspec = await granted();
  await cluster.kubectl('delete', 'gmsacredentialspec', credspec.name, '--cascade=foreground');
  expect(await cluster.get(`/apis/windows.k8s.io/v1/gmsacredentialspecs/${credspec.name}`)).toBe(
    undefined,
  );
  await waitFor('all to go', () => isGone(credspec), GARBAGE_COLLECTION);
});

it('a namespace that goes and comes back gets its access back', async () => {
  await start();
  const { namespace, name } = await granted();
  await cluster.kubectl('delete', 'namespace', namespace);
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'NamespacesMissing' });
  await cluster.kubectl('create', 'namespace', namespace);
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
});

it('uninstalling leaves no webhook behind, with the operator down', async () => {
  const owner = uniqueName('owner');
  await cluster.kubectl('create', 'clusterrole', owner, '--verb=get', '--resource=pods');
  const { namespace, address } = await createWebhookService(cluster.client);
  const port = await freePort();
  operator = await startInstalledOperator(
    cluster.controlPlane,
    ['--leader-elect=false', `--owner-cluster-role=${owner}`],
    { admission: { type: 'service', address, port } },
  );
  const registered = async (): Promise<number> => (await readRegistrations(cluster.client)).length;
  await waitFor('both configurations', async () => (await registered()) === 2);
  await operator.close();
  await cluster.kubectl('delete', 'clusterrole', owner);
  await waitFor('them to go', async () => (await registered()) === 0, GARBAGE_COLLECTION);
  await cluster.kubectl('delete', 'service', '--all', '--namespace', namespace);
});
