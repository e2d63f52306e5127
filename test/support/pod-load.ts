// SPDX-License-Identifier: Apache-2.0
// Pods, created one after the other and many at a time for as long as it takes: to see that none of
// them is refused while something happens to those who are asked about them.
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';

/** See {@link startPodLoad}. */
export interface PodLoad {
  /** Pods created until now. */
  count(): number;
  /** What the API server said to those that were not, until now. */
  failures(): readonly string[];
  /** Begins no more; resolves when those under way are answered. */
  stop(): Promise<PodLoadResult>;
}

/** What came of it. `created` and failures are all that were tried. */
export interface PodLoadResult {
  readonly created: number;
  /** A message each, in the order of their answers. */
  readonly failures: readonly string[];
}

/** Whoever is refused at once would otherwise do nothing but be refused. */
const PAUSE_AFTER_FAILURE_MS = 20;

/**
 * Creates pods, `concurrency` at a time, until it is stopped. Nobody deletes them. With `dryRun` the
 * API server does everything but store them, webhooks included.
 */
export function startPodLoad(options: {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly concurrency: number;
  /** Called for each; it needs a name of its own, or a `generateName`. */
  readonly pod: () => object;
  readonly dryRun?: boolean;
}): PodLoad {
  const { client, namespace, concurrency, pod, dryRun = false } = options;
  const failures: string[] = [];
  let created = 0;
  let stopping = false;

  async function createOnAndOn(): Promise<void> {
    while (!stopping) {
      try {
        await client.request({
          method: 'POST',
          path: `/api/v1/namespaces/${namespace}/pods`,
          query: { dryRun: dryRun ? 'All' : undefined },
          body: pod(),
        });
        created++;
      } catch (error) {
        failures.push(errorMessage(error));
        await delay(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }

  const workers = Promise.all(Array.from({ length: concurrency }, createOnAndOn));
  return {
    count: () => created,
    failures: () => [...failures],
    async stop() {
      stopping = true;
      await workers;
      return { created, failures };
    },
  };
}
