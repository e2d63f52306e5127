// SPDX-License-Identifier: Apache-2.0
// Two replicas: one reconciles, the other takes over, and neither ever writes beside the other.
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import {
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(90_000);

/** Short enough for a test, with the proportions of the defaults. */
const LEASE_DURATION_MS = 3_000;
const RETRY_PERIOD_MS = 400;
/** The default of --max-concurrent-reconciles: as many writes may be lost sight of by a crash. */
const IN_FLIGHT = 16;
const ELECTION = [
  '--leader-election-lease-duration=3s',
  '--leader-election-renew-deadline=2s',
  '--leader-election-retry-period=400ms',
];

let cluster: TestCluster;
let directory: string;
let replicas: { operator: OperatorProcess; proxy: FaultProxy }[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-replicas-'));
});

afterEach(async () => {
  for (const { operator, proxy } of replicas) {
    await operator.close();
    await proxy.stop();
  }
  replicas = [];
  await cluster.kubectl('delete', 'lease', '-n', 'gmsa-operator-system', '--all');
});

afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true });
});

async function startReplica() {
  const own = await cluster.controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  const proxy = await startFaultProxy(own, directory);
  const operator = await startOperator({ kubeconfig: proxy.kubeconfigPath, args: ELECTION });
  const replica = { operator, proxy };
  replicas.push(replica);
  return replica;
}

async function isLeader({ operator }: { operator: OperatorProcess }): Promise<boolean> {
  return (await operator.metrics()).includes(
    'leader_election_master_status{name="gmsa-operator"} 1',
  );
}

/** Writes but those of the Lease and of Events. */
function writesOf({ proxy }: { proxy: FaultProxy }): readonly string[] {
  return proxy
    .writes()
    .filter(({ url }) => !url.includes('/leases/') && !url.includes('/events'))
    .map(({ method, url }) => `${method} ${url}`);
}

async function twoReplicas() {
  const first = await startReplica();
  await waitFor('a leader', () => isLeader(first));
  const second = await startReplica();
  await waitFor(
    'the second to be ready',
    async () => (await second.operator.readyz()).code === 200,
  );
  return { first, second };
}

async function grant(count: number): Promise<{ namespace: string; names: readonly string[] }> {
  const namespace = await cluster.createNamespace();
  const names = Array.from({ length: count }, () => uniqueName('webapp'));
  await Promise.all(
    names.map((name) => cluster.applyCredspec(name, { allowed: `${namespace}/web` })),
  );
  return { namespace, names };
}

it('only the leader writes, and both are ready', async () => {
  const { first, second } = await twoReplicas();
  const { names } = await grant(5);
  for (const name of names) await cluster.condition(name, 'Ready', { status: 'True' });
  expect(writesOf(second)).toEqual([]);
  // A role, a binding and a status each.
  expect(writesOf(first)).toHaveLength(15);
});

it('a killed leader is replaced within the lease time, and nothing is written twice or lost', async () => {
  const { first, second } = await twoReplicas();
  const { namespace, names } = await grant(100);
  await waitFor('the first writes', () => writesOf(first).length >= 40);
  await first.operator.signal('SIGKILL');
  await first.operator.exited;
  const killed = performance.now();
  await waitFor('the second to lead', () => isLeader(second));
  expect(performance.now() - killed).toBeLessThan(LEASE_DURATION_MS + 2 * RETRY_PERIOD_MS + 1_000);

  for (const name of names)
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  for (const name of names) {
    expect(await cluster.get(roleBindingPath(namespace, name))).toBeDefined();
  }
  // What the dead one had sent and got no answer to may have been done: it is looked at, not redone.
  const creations = [...writesOf(first), ...writesOf(second)].filter((write) =>
    write.startsWith('POST'),
  );
  expect(creations.length).toBeGreaterThanOrEqual(200);
  expect(creations.length).toBeLessThanOrEqual(200 + IN_FLIGHT);
});

it('a leader that stops hands over at once', async () => {
  const { first, second } = await twoReplicas();
  const stopping = performance.now();
  expect(await first.operator.stop()).toBe('exit code 0');
  await waitFor('the second to lead', () => isLeader(second));
  // Not the lease's time: it was released.
  expect(performance.now() - stopping).toBeLessThan(LEASE_DURATION_MS);
});

it('a leader that was suspended does not write when it wakes', async () => {
  const { first, second } = await twoReplicas();
  const { namespace, names } = await grant(1);
  await cluster.condition(names[0] ?? '', 'Ready', { status: 'True' });
  await first.operator.signal('SIGSTOP');
  await waitFor('the second to lead', () => isLeader(second));
  const before = writesOf(first);
  // Work piles up for the sleeper.
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await first.operator.signal('SIGCONT');
  await cluster.condition(name, 'Ready', { status: 'True' });
  await first.operator.logged('that it no longer leads', (line) =>
    /lost|no longer|stopped leading/i.test(line.message),
  );
  await waitFor('it to stand again', async () => !(await isLeader(first)));
  expect(writesOf(first)).toEqual(before);
});

it('a leader cut off from the API server stops, and the other goes on', async () => {
  const { first, second } = await twoReplicas();
  const mend = first.proxy.spoil(() => ({ type: 'silence' }));
  first.proxy.cutWatches();
  await waitFor('the second to lead', () => isLeader(second));
  const { names } = await grant(3);
  for (const name of names) await cluster.condition(name, 'Ready', { status: 'True' });
  mend();
  await waitFor('the first to see that it does not lead', async () => !(await isLeader(first)));
  // One ClusterRole and one RoleBinding each, once. (A status may be written twice: the namespace is
  // as new as the credspecs, and the operator may hear of it after them.)
  const creations = writesOf(second).filter((write) => write.startsWith('POST'));
  expect(creations).toHaveLength(6);
  const others = writesOf(second).filter((write) => !write.startsWith('POST'));
  expect(others.filter((write) => !write.includes('/status?'))).toEqual([]);
});
