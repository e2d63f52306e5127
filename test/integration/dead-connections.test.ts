// SPDX-License-Identifier: Apache-2.0
// All connections of the replicas to the API server are dead without a word: they stay open, and nothing passes.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { metricValue } from '../support/metric-value.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import { type SwallowingProxy, startSwallowingProxy } from '../support/swallowing-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, leaderOf, startAdmissionCluster } from './admission-cluster.ts';
import {
  readRegistration,
  REGISTRATION_PATHS,
  writeRegistration,
} from './webhook-registrations.ts';

jest.setTimeout(120_000);

/** How long a broken webhook configuration may stay broken, and how long a replica may not know of a missing one. */
const SOON = { timeoutMs: 30_000 };

const METRIC = 'gmsa_operator_webhook_configurations_missing';

const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('connections that are dead without a word', () => {
  let admission: AdmissionCluster;
  let proxy: SwallowingProxy;
  let replicas: OperatorReplicas;
  let leader: OperatorReplica;
  let other: OperatorReplica;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    const { controlPlane } = admission.cluster;
    const kubeconfig = await controlPlane.serviceAccountKubeconfig(
      admission.service.namespace,
      'gmsa-operator',
    );
    proxy = await startSwallowingProxy(kubeconfig, controlPlane.url, dirname(kubeconfig));
    replicas = createOperatorReplicas({
      service: admission.service,
      kubeconfig: proxy.kubeconfigPath,
    });
    leader = await replicas.startReplica();
    other = await replicas.startReplica();
    await admission.grant();
    expect(await leaderOf([leader, other])).toBe(leader);
  });

  afterAll(async () => {
    await replicas.close();
    await proxy.stop();
    await admission.stop();
  });

  it('do not keep a broken webhook configuration for longer than 30 s', async () => {
    const { client } = admission.cluster;
    expect(proxy.swallow()).toBeGreaterThan(5);
    await writeRegistration(client, 'mutating', ({ webhooks = [], ...live }) => ({
      ...live,
      webhooks: webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Ignore' as const })),
    }));
    await waitFor(
      'the repair',
      async () =>
        (await readRegistration(client, 'mutating'))?.webhooks?.every(
          ({ failurePolicy }) => failurePolicy === 'Fail',
        ),
      SOON,
    );
  });

  it('do not keep a replica that does not lead from reporting that one is missing', async () => {
    const missing = async (): Promise<number | undefined> =>
      metricValue(await other.metrics(), METRIC, {});
    await waitFor('the first look', async () => (await missing()) === 0, SOON);
    proxy.swallow();
    // Nobody restores it.
    await leader.signal('SIGSTOP');
    await admission.cluster.client.request({
      method: 'DELETE',
      path: REGISTRATION_PATHS.validating,
    });
    await waitFor('the metric', async () => (await missing()) === 1, SOON);
    await leader.signal('SIGCONT');
    await waitFor('the end of it', async () => (await missing()) === 0, { timeoutMs: 60_000 });
  });
});
