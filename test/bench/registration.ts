// SPDX-License-Identifier: Apache-2.0
// Which webhooks the API server calls for pods, and whom it has called.
import { setTimeout as delay } from 'node:timers/promises';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
} from '../../src/controller/webhooks/webhook-configurations.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import type { TestCluster } from '../support/test-cluster.ts';
import { seriesOf } from './prometheus-text.ts';
import type { Configurations } from './reference-webhook.ts';

/** Calls of webhooks by their names, as the API server counts them. */
export type WebhookCalls = ReadonlyMap<string, number>;

/** Registers webhooks in turn. */
export interface Registrar {
  /**
   * Makes these the only ones; resolves when the API server goes by it. Each has its names to itself. `probe` makes a
   * pod, as a dry run, for which all of them are to be called, and whoever may be registered now.
   */
  readonly register: (
    registrations: readonly Configurations[],
    probe: () => Promise<unknown>,
  ) => Promise<void>;
}

const KINDS = [mutatingWebhookKind, validatingWebhookKind] as const;
const ATTEMPTS = 50;
const RETRY_MS = 100;

/** A registrar for configurations that nobody else writes. */
export function createRegistrar({
  client,
  kubectl,
}: Pick<TestCluster, 'client' | 'kubectl'>): Registrar {
  let registered: readonly Configurations[] | undefined;
  /** Names of whatever may be there. */
  const names = new Set<string>();

  async function calledFor(probe: () => Promise<unknown>): Promise<string> {
    const before = await webhookCalls({ kubectl });
    // Until it is in force, it may also be that somebody is called who refuses.
    await probe().catch(() => undefined);
    const after = await webhookCalls({ kubectl });
    return [...callsBetween(before, after).keys()].sort().join(', ');
  }

  return {
    async register(registrations, probe) {
      if (registrations === registered) return;
      for (const { metadata } of registrations.flat()) names.add(metadata.name);
      names.add('gmsa-operator');
      await Promise.all(
        [...names].flatMap((name) => KINDS.map((kind) => remove(client, kind, name))),
      );
      await Promise.all(
        registrations.flatMap((configurations) =>
          configurations.map((body, index) => create(client, index, body)),
        ),
      );
      registered = registrations;

      const wanted = registrations.flatMap(podWebhooks).sort().join(', ');
      let called = await calledFor(probe);
      for (let attempt = 1; called !== wanted; attempt++) {
        if (attempt === ATTEMPTS) {
          throw new Error(`the API server calls [${called}] for a pod and not [${wanted}]`);
        }
        await delay(RETRY_MS);
        called = await calledFor(probe);
      }
    },
  };
}

/** The names of those that are called for pods. */
export function podWebhooks(configurations: readonly Configurations[number][]): readonly string[] {
  return configurations
    .flatMap(({ webhooks = [] }) => webhooks.map(({ name }) => name))
    .filter((name) => name.includes('-pods.'));
}

/** Calls until now. */
export async function webhookCalls({
  kubectl,
}: Pick<TestCluster, 'kubectl'>): Promise<WebhookCalls> {
  const metric = 'apiserver_admission_webhook_request_total';
  const page = await kubectl('get', '--raw', '/metrics');
  const lines = page.split('\n').filter((line) => line.startsWith(metric));
  const calls = new Map<string, number>();
  for (const { labels, value } of seriesOf(lines.join('\n'), metric)) {
    const { name = '' } = labels;
    calls.set(name, (calls.get(name) ?? 0) + value);
  }
  return calls;
}

/** Those that were called in between, and how often. */
export function callsBetween(before: WebhookCalls, after: WebhookCalls): WebhookCalls {
  const more = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count > 0));
}

/** The configurations of this name, as they may be created again. */
export async function readConfigurations(
  client: KubeClient,
  name: string,
): Promise<Configurations> {
  const [mutating, validating] = await Promise.all([
    client.request<Configurations[0]>({
      method: 'GET',
      path: resourcePath(mutatingWebhookKind.resource, { name }),
    }),
    client.request<Configurations[1]>({
      method: 'GET',
      path: resourcePath(validatingWebhookKind.resource, { name }),
    }),
  ]);
  return [asNew(mutating), asNew(validating)];
}

function asNew<T extends Configurations[number]>(live: T): T {
  const { name, labels, annotations } = live.metadata;
  return { ...live, metadata: { name, labels, annotations } };
}

async function create(client: KubeClient, index: number, body: object): Promise<void> {
  const kind = KINDS[index] ?? mutatingWebhookKind;
  await client.request({ method: 'POST', path: resourcePath(kind.resource), body });
}

async function remove(
  client: KubeClient,
  kind: (typeof KINDS)[number],
  name: string,
): Promise<void> {
  try {
    await client.request({ method: 'DELETE', path: resourcePath(kind.resource, { name }) });
  } catch (error) {
    if (classifyError(error) !== 'not-found') throw error;
  }
}
