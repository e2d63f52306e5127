// SPDX-License-Identifier: Apache-2.0
// Stands in for the nodes on which the operator's pods run: whatever a document does to the Deployment, the
// operator's processes come, go and are replaced with the pods, and the pods tell how they are.
import { setTimeout as delay } from 'node:timers/promises';
import { classifyError } from '../../../src/kube/client/api-error.ts';
import { runHelmTest } from '../../chart/helm-test.ts';
import type { Installation } from '../../chart/installation.ts';
import type { OperatorReplica, OperatorReplicas } from '../../support/operator-replicas.ts';
import { waitFor } from '../../support/wait-for.ts';

/** See {@link runOperatorPods}. */
export interface OperatorPods {
  /** Why a pod does not run, for each that could not be started. */
  problems(): readonly string[];
  /** Follows no longer. The processes are the installation's to end. */
  stop(): Promise<void>;
}

/** A pod in the operator's namespace, as far as it is looked at. */
interface Pod {
  readonly metadata: {
    readonly uid: string;
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly { readonly kind: string; readonly uid: string }[];
  };
  readonly spec: { readonly containers: readonly [{ name: string; image: string }] };
}

/** Ends what runs for a pod. */
type End = () => Promise<unknown>;

const INTERVAL_MS = 100;

/** A pod that is on no node is gone at once when it is deleted; with this, when its process has ended. */
const FINALIZER = 'test.gmsa-operator.io/process';

/**
 * Follows the pods of the installation's namespace from now on. They are scheduled to no node, and have no address:
 * what the Service lists are the processes.
 */
export function runOperatorPods(installation: Installation): OperatorPods {
  const { client } = installation.cluster;
  const path = `/api/v1/namespaces/${installation.names.namespace}/pods`;
  /** By the UID of the pod. */
  const running = new Map<string, Promise<End>>();
  const ending = new Set<string>();
  /** By the UID of the ReplicaSet: all of its pods have the same template. */
  const generations = new Map<string, Promise<OperatorReplicas>>();
  const replicas = new Set<OperatorReplica>();
  const problems: string[] = [];
  const stopping = new AbortController();

  const patch = (pod: Pod, body: object, subresource = ''): Promise<unknown> =>
    client.request({
      method: 'PATCH',
      path: `${path}/${pod.metadata.name}${subresource}`,
      contentType: 'application/merge-patch+json',
      body,
    });

  function start(pod: Pod): Promise<End> {
    const [owner] = pod.metadata.ownerReferences ?? [];
    return owner?.kind === 'ReplicaSet' ? startOperator(pod, owner.uid) : startJob(pod);
  }

  async function startOperator(pod: Pod, replicaSet: string): Promise<End> {
    const generation = generations.get(replicaSet) ?? installation.replicas();
    generations.set(replicaSet, generation);
    await patch(pod, { metadata: { finalizers: [FINALIZER] } });
    const replica = await (await generation).startReplica([], { HOSTNAME: pod.metadata.name });
    replicas.add(replica);
    await patch(pod, { status: ready(pod) }, '/status');
    return async () => {
      replicas.delete(replica);
      await (await generation).stopReplica(replica);
    };
  }

  /** The one of `helm test`. It mounts a Secret that the first replica makes. */
  async function startJob(pod: Pod): Promise<End> {
    const replica = await waitFor('a replica to be tested', () => [...replicas][0]);
    const { code, output } = await runHelmTest(installation, replica);
    if (code !== 0) problems.push(output);
    const phase = code === 0 ? 'Succeeded' : 'Failed';
    await patch(pod, { status: { phase } }, '/status');
    return () => Promise.resolve();
  }

  async function end(pod: Pod): Promise<void> {
    const stop = await running.get(pod.metadata.uid)?.catch(() => undefined);
    await stop?.();
    const finalizers = pod.metadata.finalizers?.filter((each) => each !== FINALIZER) ?? [];
    await patch(pod, { metadata: { finalizers } });
  }

  function follow(pod: Pod): void {
    const { uid, name, deletionTimestamp } = pod.metadata;
    const note = (error: unknown): void => {
      // One that is deleted before it runs is just gone.
      const isExpected = stopping.signal.aborted || classifyError(error) === 'not-found';
      if (!isExpected) problems.push(`pod ${name}: ${String(error)}`);
    };
    if (deletionTimestamp === undefined && !running.has(uid)) {
      const started = start(pod);
      running.set(uid, started);
      started.catch(note);
    }
    if (deletionTimestamp !== undefined && running.has(uid) && !ending.has(uid)) {
      ending.add(uid);
      end(pod).catch(note);
    }
  }

  async function followAll(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const { items } = await client.request<{ items: readonly Pod[] }>({ method: 'GET', path });
        items.forEach(follow);
      } catch (error) {
        problems.push(String(error));
      }
      await delay(INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const followed = followAll();

  return {
    problems: () => problems,
    async stop() {
      stopping.abort();
      await followed;
    },
  };
}

function ready({ spec }: Pod): object {
  const now = new Date().toISOString();
  const [{ name, image }] = spec.containers;
  return {
    phase: 'Running',
    conditions: ['ContainersReady', 'Ready'].map((type) => ({
      ...{ type, status: 'True', lastTransitionTime: now },
    })),
    containerStatuses: [
      {
        ...{ name, image, imageID: image, restartCount: 0, ready: true, started: true },
        state: { running: { startedAt: now } },
      },
    ],
  };
}
