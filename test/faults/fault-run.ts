// SPDX-License-Identifier: Apache-2.0
// Users and faults at random, in rounds: faults happen while users work, all is mended, and then everything has to come
// right within a bound and stay so without a write.
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../../src/kube/client/api-error.ts';
import { SHORT_ELECTION } from '../integration/admission-cluster.ts';
import { OPERATOR_NAMESPACE } from '../integration/webhook-secrets.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { createOperatorReplicas } from '../support/operator-replicas.ts';
import { startTestCluster } from '../support/test-cluster.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import { inflictFault, type InflictedFault, type Place } from './fault-kinds.ts';
import { refusalsThoughAuthorized, tryPod, violations } from './invariants.ts';
import { createRandom } from './random.ts';
import { createUsers } from './users.ts';

/** What a run came to. */
export interface FaultRun {
  readonly rounds: number;
  readonly operations: number;
  readonly faults: number;
  /** Longest time from the last mending until everything was right, in milliseconds. */
  readonly slowestMs: number;
  /** Longest time from the last mending until no pod was refused whose service account may use its credspec. */
  readonly slowestAdmissionMs: number;
  /** What was not as it should be, with the round in which it was seen. */
  readonly violations: readonly string[];
}

const REPLICAS = 3;
const MAX_FAULTS = 3;

/** Of users and faults in a round. */
const TROUBLE_MS = 8_000;
const PAUSE_MS = 100;

/** After the last fault is mended. */
const RIGHT_WITHIN_MS = 60_000;

/** For which everything has to stay right afterwards, without a write of the operator. */
const QUIET_MS = 4_000;

/** A namespace to which nobody ever grants anything. */
const OUTSIDE = 'outside';

/** Runs rounds until the time is over; `log` is told of each fault and each round. */
export async function runFaults({
  seed,
  durationMs,
  log,
}: {
  readonly seed: number;
  readonly durationMs: number;
  readonly log: (line: string) => void;
}): Promise<FaultRun> {
  const random = createRandom(seed);
  // With Kubernetes' own garbage collection: what is left of a credspec of before is its to delete, once somebody has
  // taken the operator's label away.
  const cluster = await startTestCluster({ controllers: true });
  const { controlPlane, client } = cluster;
  const service = await createWebhookService(client);
  if (controlPlane.control === undefined) throw new Error('this needs an API server of its own');
  const tenants = { namespaces: ['alpha', 'beta', 'gamma'], serviceAccounts: ['web', 'api'] };
  for (const namespace of [...tenants.namespaces, OUTSIDE]) {
    await cluster.kubectl('create', 'namespace', namespace);
    for (const account of tenants.serviceAccounts) {
      await createServiceAccount(client, namespace, account);
    }
  }
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(
    OPERATOR_NAMESPACE,
    'gmsa-operator',
  );
  const replicas = createOperatorReplicas({ service, kubeconfig });
  const argumentsOf = ({ proxy }: { readonly proxy: FaultProxy }): readonly string[] => [
    `--kubeconfig=${proxy.kubeconfigPath}`,
    ...SHORT_ELECTION,
  ];
  const places: Place[] = [];
  for (let i = 0; i < REPLICAS; i++) {
    const proxy = await startFaultProxy(kubeconfig, kubeconfig.replace(/\/[^/]*$/, ''));
    places.push({ proxy, replica: await replicas.startReplica(argumentsOf({ proxy })) });
  }
  const users = createUsers({ cluster, random, tenants });
  const targets = { places, replicas, control: controlPlane.control, argumentsOf };
  const found: string[] = [];
  let [rounds, operations, faults, slowestMs, slowestAdmissionMs] = [0, 0, 0, 0, 0];

  const trouble = async (): Promise<void> => {
    const inflicted: InflictedFault[] = [];
    const endMs = performance.now() + TROUBLE_MS;
    const count = 1 + random.below(MAX_FAULTS);
    while (performance.now() < endMs) {
      if (inflicted.length < count && random.chance(0.1)) {
        const fault = await inflictFault(targets, random);
        inflicted.push(fault);
        log(`  ${fault.what}`);
        // Another fault must not need what this one has taken away.
        if (fault.what.startsWith('replica') || fault.what.startsWith('the API server')) {
          await delay(random.below(5_000));
          await inflicted.pop()?.mend();
          faults += 1;
        }
      }
      await users.act();
      operations += 1;
      await intruder();
      await delay(PAUSE_MS);
    }
    for (const fault of inflicted) await fault.mend();
    faults += inflicted.length;
  };

  /** A pod that nobody has allowed is refused at all times. */
  const intruder = async (): Promise<void> => {
    const [credspec] = users.wanted.keys();
    if (credspec === undefined) return;
    const refusal = await tryPod(cluster, { namespace: OUTSIDE, credspec, account: 'web' });
    if (refusal === undefined) found.push(`round ${rounds}: a pod without a right was admitted`);
  };

  const becomesRight = async (): Promise<void> => {
    const scene = { cluster, wanted: users.wanted, tenants, random };
    const look = (): Promise<readonly string[]> =>
      violations(scene).catch((error: unknown) => [
        `the API server did not answer: ${errorMessage(error)}`,
      ]);
    const startMs = performance.now();
    const passedMs = (): number => performance.now() - startMs;
    let [refusal, refusedMs] = ['', 0];
    const lookAtPods = async (): Promise<void> => {
      const refusals = await refusalsThoughAuthorized(scene).catch(() => []);
      if (refusals[0] !== undefined) [refusal, refusedMs] = [refusals[0], passedMs()];
    };
    await lookAtPods();
    let wrong = await look();
    let last = wrong;
    while (wrong.length > 0 && passedMs() < RIGHT_WITHIN_MS) {
      await delay(PAUSE_MS);
      await lookAtPods();
      wrong = await look();
      if (wrong.length > 0) last = wrong;
    }
    const tookMs = passedMs();
    slowestAdmissionMs = Math.max(slowestAdmissionMs, refusedMs);
    if (refusal !== '') {
      log(`  authorized pods refused for ${(refusedMs / 1_000).toFixed(1)} s; lastly: ${refusal}`);
    }
    slowestMs = Math.max(slowestMs, tookMs);
    found.push(...wrong.map((what) => `round ${rounds}: ${what}`));
    if (wrong.length > 0) return;
    const before = places.map(({ proxy }) => proxy.writes().length);
    await delay(QUIET_MS);
    const late = places.flatMap(({ proxy }, i) => proxy.writes().slice(before[i]).filter(isChange));
    found.push(...late.map(({ method, url }) => `round ${rounds}: at rest, ${method} ${url}`));
    found.push(...(await look()).map((what) => `round ${rounds}: no longer right: ${what}`));
    const lastly = last[0] === undefined ? '' : `; lastly: ${last[0].slice(0, 300)}`;
    log(`  right after ${(tookMs / 1_000).toFixed(1)} s${lastly}`);
  };

  try {
    const endMs = performance.now() + durationMs;
    for (; performance.now() < endMs; rounds++) {
      log(`round ${rounds}`);
      await trouble();
      await becomesRight();
    }
  } finally {
    await replicas.close();
    await Promise.all(places.map(({ proxy }) => proxy.stop()));
    await cluster.stop();
  }
  return { rounds, operations, faults, slowestMs, slowestAdmissionMs, violations: found };
}

/** Renewals of the Lease and questions about access change nothing, and Events tell late what happened before. */
function isChange({ url }: { readonly url: string }): boolean {
  return !/\/leases\/|accessreviews|\/events/.test(url);
}
