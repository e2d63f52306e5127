// SPDX-License-Identifier: Apache-2.0
// A cluster in which admission can be watched at work: the operator's Service, replicas behind it that
// run as they are installed, and a namespace whose pods may be a GMSA.
import { setTimeout as delay } from 'node:timers/promises';
import { classifyError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { createServiceAccount, gmsaPod } from '../support/gmsa-pod.ts';
import { metricValue } from '../support/metric-value.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import { type PodLoad, startPodLoad } from '../support/pod-load.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService, type WebhookService } from '../support/webhook-service.ts';
import { REGISTRATION_PATHS } from './webhook-registrations.ts';
import { CA_SECRET, OPERATOR_NAMESPACE, secretPath, SERVING_SECRET } from './webhook-secrets.ts';

/** See {@link startAdmissionCluster}. */
export interface AdmissionCluster {
  readonly cluster: TestCluster;
  readonly service: WebhookService;
  /** Where pods of the service account `default` may use what {@link grant} has made. */
  readonly namespace: string;
  /** Replicas with the operator's own service account; none yet. */
  replicas(): Promise<OperatorReplicas>;
  /** A new credspec; resolves when it is ready, admission included. */
  grant(): Promise<string>;
  /** Pods that run as this credspec, created without end. */
  startGmsaPods(credspec: string, pace: Pace): PodLoad;
  /** Pods that have nothing to do with Windows, created without end. */
  startLinuxPods(pace: Pace): PodLoad;
  /** Removes all that replicas have left: Secrets, configurations, the Lease. */
  removeTraces(): Promise<void>;
  stop(): Promise<void>;
}

/** How fast pods are created. */
export interface Pace {
  /** So many at the same time. */
  readonly concurrency: number;
  /** Milliseconds that pass between an answer and the next pod. */
  readonly pauseMs: number;
}

/** An election that is over soon, with the proportions of the defaults. */
export const SHORT_ELECTION = [
  '--leader-election-lease-duration=3s',
  '--leader-election-renew-deadline=2s',
  '--leader-election-retry-period=400ms',
];

const TRACES = [
  ...Object.values(REGISTRATION_PATHS),
  secretPath(CA_SECRET),
  secretPath(SERVING_SECRET),
  `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/gmsa-operator`,
];

/** Starts it; the operator's RBAC, its policies and the CRD are installed, the operator is not. */
export async function startAdmissionCluster(
  options: { readonly extraApiServerArgs?: readonly string[] } = {},
): Promise<AdmissionCluster> {
  const cluster = await startTestCluster(options);
  const { client, controlPlane } = cluster;
  const service = await createWebhookService(client);
  const namespace = await cluster.createNamespace('gmsa');
  await createServiceAccount(client, namespace);

  const startPods = (pod: () => object, { concurrency, pauseMs }: Pace): PodLoad =>
    startPodLoad({ client: unhurried(client, pauseMs), namespace, concurrency, pod });

  return {
    cluster,
    service,
    namespace,
    async replicas() {
      const kubeconfig = await controlPlane.serviceAccountKubeconfig(
        service.namespace,
        'gmsa-operator',
      );
      return createOperatorReplicas({ service, kubeconfig });
    },
    async grant() {
      const credspec = uniqueName('webapp');
      await cluster.applyCredspec(credspec, { allowed: `${namespace}/default` });
      await cluster.condition(credspec, 'Ready', { status: 'True' });
      return credspec;
    },
    startGmsaPods: (credspec, pace) => startPods(() => gmsaPod({ credspec }), pace),
    startLinuxPods: (pace) => startPods(linuxPod, pace),
    async removeTraces() {
      await Promise.all(TRACES.map((path) => remove(client, path)));
    },
    stop: () => cluster.stop(),
  };
}

/** Whether it holds the Lease. */
export async function isLeader(replica: Pick<OperatorReplica, 'metrics'>): Promise<boolean> {
  const labels = { name: 'gmsa-operator' };
  return metricValue(await replica.metrics(), 'leader_election_master_status', labels) === 1;
}

/** Resolves with the one among them that holds the Lease. */
export async function leaderOf(replicas: readonly OperatorReplica[]): Promise<OperatorReplica> {
  return waitFor('a leader', async () => {
    const leading = await Promise.all(replicas.map(isLeader));
    return replicas.find((_, i) => leading[i]);
  });
}

/** Resolves when so many more pods were created. */
export async function morePods(load: PodLoad, count: number): Promise<void> {
  const enough = load.count() + count;
  await waitFor(`${count} more pods`, () => load.count() >= enough);
}

async function remove(client: KubeClient, path: string): Promise<void> {
  try {
    await client.request({ method: 'DELETE', path });
  } catch (error) {
    if (classifyError(error) !== 'not-found') throw error;
  }
}

function unhurried(client: KubeClient, pauseMs: number): KubeClient {
  return {
    ...client,
    request: async <T>(request: Parameters<KubeClient['request']>[0]) => {
      await delay(pauseMs);
      return client.request<T>(request);
    },
  };
}

function linuxPod(): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'linux-' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'web', image: 'registry.example/web:1' }],
    },
  };
}
