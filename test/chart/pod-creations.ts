// SPDX-License-Identifier: Apache-2.0
// Pods that are created without a pause while something happens to the webhooks, with and without a GMSA.
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { gmsaPod } from '../support/gmsa-pod.ts';
import { type PodLoad, startPodLoad } from '../support/pod-load.ts';
import type { TestCluster } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

/** See {@link startPodCreations}. */
export interface PodCreations {
  /** Resolves when so many more pods with a GMSA were created, or one was refused. */
  more(count: number): Promise<void>;
  /** Goes on until so many pods with a GMSA were created, and ends it. */
  finish(atLeast: number): Promise<Creations>;
  stop(): Promise<void>;
}

/** What came of it. */
export interface Creations {
  readonly gmsaPods: number;
  readonly otherPods: number;
  /** What was said to those that were refused, of both kinds. */
  readonly failures: readonly string[];
  /** Names of stored pods that name a credspec and have no contents. */
  readonly withoutContents: readonly string[];
}

/** At most 50 pods a second: the cores are needed for what happens meanwhile. */
const CONCURRENCY = 5;
const PAUSE_MS = 100;

const TIMEOUT_MS = 120_000;

/** The namespace's service account `default` must be allowed to use each of the credspecs. */
export function startPodCreations(
  { client }: TestCluster,
  { namespace, credspecs }: { readonly namespace: string; readonly credspecs: readonly string[] },
): PodCreations {
  const slow: KubeClient = {
    ...client,
    request: async <T>(request: Parameters<KubeClient['request']>[0]) => {
      await delay(PAUSE_MS);
      return client.request<T>(request);
    },
  };
  let count = 0;
  const gmsa = startPodLoad({
    ...{ client: slow, namespace, concurrency: CONCURRENCY },
    pod: () => gmsaPod({ credspec: credspecs[count++ % credspecs.length] ?? '' }),
  });
  const others = startPodLoad({ client: slow, namespace, concurrency: 1, pod: linuxPod });
  const failures = () => [...gmsa.failures(), ...others.failures()];

  async function reach(total: number): Promise<void> {
    await waitFor(`${String(total)} pods`, () => gmsa.count() >= total || failures().length > 0, {
      timeoutMs: TIMEOUT_MS,
      everyMs: 50,
    });
  }

  return {
    more: (more) => reach(gmsa.count() + more),
    async finish(atLeast) {
      await reach(atLeast);
      await stopAll([gmsa, others]);
      return {
        gmsaPods: gmsa.count(),
        otherPods: others.count(),
        failures: failures(),
        withoutContents: await podsWithoutContents(client, namespace),
      };
    },
    stop: () => stopAll([gmsa, others]),
  };
}

async function stopAll(loads: readonly PodLoad[]): Promise<void> {
  await Promise.all(loads.map((load) => load.stop()));
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

async function podsWithoutContents(
  client: KubeClient,
  namespace: string,
): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await client.request<PodList>({ method: 'GET', path });
  return items
    .filter(({ spec }) => {
      const { windowsOptions } = spec.securityContext ?? {};
      return windowsOptions !== undefined && windowsOptions.gmsaCredentialSpec === undefined;
    })
    .map(({ metadata }) => metadata.name);
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly securityContext?: {
        readonly windowsOptions?: { readonly gmsaCredentialSpec?: string };
      };
    };
  }[];
}
