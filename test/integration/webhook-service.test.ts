// SPDX-License-Identifier: Apache-2.0
// Webhooks behind a Service, as the other tests put the operator's replicas there: the API server
// calls every replica that is ready, and none that is not.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { errorMessage } from '../../src/kube/client/api-error.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { createServiceAccount, gmsaPod } from '../support/gmsa-pod.ts';
import { type PodLoad, startPodLoad } from '../support/pod-load.ts';
import {
  ANSWERED_BY,
  type StandInWebhook,
  startStandInWebhook,
} from '../support/stand-in-webhook.ts';
import { createTestCa } from '../support/test-certificates.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { webhookRoutings } from '../support/webhook-routing.ts';
import {
  createWebhookService,
  type ReplicaEndpoint,
  type WebhookService,
} from '../support/webhook-service.ts';

jest.setTimeout(60_000);

const CONCURRENCY = 32;
/** Long enough that many of those are with the webhook at the same time, each on its connection. */
const THINKING_MS = 20;
/** So many are enough to see who gets a share. */
const MANY = 400;

// An existing cluster may have no way to this machine, and its routing is not ours to choose.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn.each(webhookRoutings())(
  'webhooks behind a Service, each chosen by $chosenBy',
  ({ chosenBy, extraApiServerArgs }) => {
    let cluster: TestCluster;
    let service: WebhookService;
    let a: StandInWebhook;
    let b: StandInWebhook;
    let namespace: string;

    beforeAll(async () => {
      cluster = await startTestCluster({ crd: 'leave-out', extraApiServerArgs });
      service = await createWebhookService(cluster.client);
      const ca = await createTestCa();
      const tls = await ca.issue(`${service.name}.${service.namespace}.svc`);
      const start = (name: string) =>
        startStandInWebhook({ name, address: service.address, tls, takesMs: THINKING_MS });
      [a, b] = [await start('a'), await start('b')];
      namespace = await cluster.createNamespace();
      await createServiceAccount(cluster.client, namespace);
      await cluster.apply(webhookConfiguration(service, namespace, ca.certificate));
      await service.setReplicas([endpoint(a), endpoint(b)]);
      await waitFor('the webhook to be called', async () => {
        const signature = await createPod();
        return signature !== undefined;
      });
    });

    afterEach(() => {
      closeAfterAnswer('never');
    });

    afterAll(async () => {
      await a.stop();
      await b.stop();
      await cluster.stop();
    });

    function closeAfterAnswer(close: 'always' | 'never'): void {
      for (const each of [a, b]) each.closeAfterAnswer(close);
    }

    async function createPod(): Promise<string | undefined> {
      const { metadata } = await cluster.client.request<{
        metadata: { annotations?: Record<string, string> };
      }>({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: { dryRun: 'All' },
        body: gmsaPod({ credspec: 'webapp1' }),
      });
      return metadata.annotations?.[ANSWERED_BY];
    }

    function startLoad(): PodLoad {
      return startPodLoad({
        client: cluster.client,
        namespace,
        concurrency: CONCURRENCY,
        pod: () => gmsaPod({ credspec: 'webapp1' }),
        dryRun: true,
      });
    }

    it('shares the calls among all that are ready', async () => {
      // Connections that stay say nothing about the next choice.
      if (chosenBy !== 'request') closeAfterAnswer('always');
      const before = [a.answered(), b.answered()] as const;
      const load = startLoad();
      await waitFor('many pods', () => load.count() >= MANY);
      const { created, failures } = await load.stop();
      const shares = [a.answered() - before[0], b.answered() - before[1]];
      expect(failures).toEqual([]);
      expect(shares.reduce((sum, share) => sum + share)).toBe(created);
      expect(Math.min(...shares)).toBeGreaterThan(created / 10);
    });

    it.each([
      ['is not ready', (): ReplicaEndpoint[] => [{ port: a.port, ready: false }]],
      ['is terminating', () => [{ port: a.port, ready: true, terminating: true }]],
      ['is gone', () => []],
    ])('no pod is refused while a replica %s, and it is called no more', async (_how, left) => {
      const load = startLoad();
      await waitFor('some pods', () => load.count() >= MANY / 4);
      await service.setReplicas([...left(), endpoint(b)]);
      a.closeAfterAnswer('always');
      await waitFor('it to be left alone', async () => {
        const [answered, others] = [a.answered(), b.answered()];
        await waitFor('the other to be called', () => b.answered() >= others + MANY / 4);
        return a.answered() === answered;
      });
      await service.setReplicas([endpoint(a), endpoint(b)]);
      b.closeAfterAnswer('always');
      const answered = a.answered();
      await waitFor('it to be called again', () => a.answered() > answered);
      expect((await load.stop()).failures).toEqual([]);
    });

    it('pods are refused while no replica is ready, with a message that says so', async () => {
      await service.setReplicas([{ port: a.port, ready: false }]);
      closeAfterAnswer('always');
      const message = await waitFor('a refusal', () =>
        createPod().then(() => undefined, errorMessage),
      );
      expect(message).toContain(`no endpoints available for service "${service.name}"`);
      await service.setReplicas([endpoint(a), endpoint(b)]);
      await waitFor('pods to pass again', () => createPod().catch(() => undefined));
    });

    it('an endpoint on loopback is refused, hence the address', async () => {
      const loopback = await createWebhookService(cluster.client, {
        name: 'on-loopback',
        address: '127.0.0.1',
      });
      await expect(loopback.setReplicas([endpoint(a)])).rejects.toThrow(
        'may not be in the loopback range',
      );
    });
  },
);

function endpoint({ port }: StandInWebhook): ReplicaEndpoint {
  return { port, ready: true };
}

function webhookConfiguration(service: WebhookService, namespace: string, ca: string): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: uniqueName('stand-in') },
    webhooks: [
      {
        name: 'stand-in.gmsa-operator.test',
        clientConfig: {
          service: { namespace: service.namespace, name: service.name, path: '/mutate' },
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}
