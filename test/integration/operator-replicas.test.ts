// SPDX-License-Identifier: Apache-2.0
// The operator's replicas behind their Service, as other tests start and end them: who is ready is
// listed, who is not is not, as in a cluster.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  createWebhookService,
  type EndpointSlice,
  type WebhookService,
} from '../support/webhook-service.ts';

jest.setTimeout(60_000);

/** What is looked at here is the process, not what it serves. */
const ARGS = ['--admission=false', '--leader-elect=false'];

let cluster: TestCluster;
let service: WebhookService;
let replicas: OperatorReplicas;

beforeAll(async () => {
  cluster = await startTestCluster();
  service = await createWebhookService(cluster.client, { name: uniqueName('replicas') });
});

beforeEach(async () => {
  const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
    service.namespace,
    'gmsa-operator',
  );
  replicas = createOperatorReplicas({ service, kubeconfig });
});

afterEach(async () => {
  await replicas.close();
  expect(await endpoints()).toEqual([]);
});

afterAll(async () => {
  await cluster.kubectl('delete', 'service', '-n', service.namespace, service.name);
  await cluster.stop();
});

/** The Service's endpoints: port, and what holds of it. */
async function endpoints(): Promise<readonly string[]> {
  const { items } = await cluster.client.request<{ items: readonly EndpointSlice[] }>({
    method: 'GET',
    path: `/apis/discovery.k8s.io/v1/namespaces/${service.namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service.name}` },
  });
  return items
    .flatMap(({ ports, endpoints: [endpoint] }) => {
      const { ready, serving, terminating } = endpoint?.conditions ?? {};
      const holds = Object.entries({ ready, serving, terminating }).flatMap(([name, value]) =>
        value === true ? [name] : [],
      );
      return [`${ports[0]?.port ?? 0} ${holds.join(' ')}`.trim()];
    })
    .sort();
}

const listed = (...expected: readonly string[]) =>
  waitFor(`the endpoints ${expected.join(', ')}`, async () => {
    const now = await endpoints();
    return now.join() === expected.toSorted().join();
  });

const isReady = ({ port }: OperatorReplica) => `${port} ready serving`;

it('lists a replica once it is ready, and no more when it is told to end', async () => {
  const first = await replicas.startReplica(ARGS);
  expect(await endpoints()).toEqual([isReady(first)]);
  const second = await replicas.startReplica(ARGS);
  await listed(isReady(first), isReady(second));

  // Asleep, it takes its time to end.
  await first.signal('SIGSTOP');
  const stopping = replicas.stopReplica(first);
  await listed(`${first.port} serving terminating`, isReady(second));
  await first.signal('SIGCONT');
  expect(await stopping).toBe('exit code 0');
  expect(await endpoints()).toEqual([isReady(second)]);
});

it('takes out a replica that was killed', async () => {
  const [killed, left] = [await replicas.startReplica(ARGS), await replicas.startReplica(ARGS)];
  await replicas.killReplica(killed);
  expect(await killed.exited).toBe('SIGKILL');
  await listed(`${killed.port}`, isReady(left));
});

it('takes out a replica that does not answer its probe, and lists it again when it does', async () => {
  const replica = await replicas.startReplica(ARGS);
  await replica.signal('SIGSTOP');
  await listed(`${replica.port}`);
  await replica.signal('SIGCONT');
  await listed(isReady(replica));
});

it('says why a replica does not start, and does not list it', async () => {
  await expect(replicas.startReplica(['--namespace=No'])).rejects.toThrow(
    /^a replica ended before it was ready \(exit code 2\); its last words:\n.*--namespace: "No"/,
  );
  expect(await endpoints()).toEqual([]);
});
