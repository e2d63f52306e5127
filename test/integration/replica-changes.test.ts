// SPDX-License-Identifier: Apache-2.0
// Replicas that come and go while pods are created: a replacement in order refuses no pod, a crash at
// most those that were with the replica or on their way to it. Pods that mention no GMSA never notice.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import type { PodLoad } from '../support/pod-load.ts';
import { waitFor } from '../support/wait-for.ts';
import { webhookRoutings } from '../support/webhook-routing.ts';
import type { EndpointSlice } from '../support/webhook-service.ts';
import {
  type AdmissionCluster,
  leaderOf,
  morePods,
  SHORT_ELECTION,
  startAdmissionCluster,
} from './admission-cluster.ts';

jest.setTimeout(120_000);

const ARGS = [...SHORT_ELECTION, '--shutdown-delay-duration=2s'];

const REPLACEMENTS = 4;

/** Between two changes. */
const SOME_PODS = 100;

/** By when the API server has heard of an endpoint that is gone, and has done with those under way. */
const AFTERMATH_MS = 1_000;

// An existing cluster may have no way to this machine, and its routing is not ours to choose.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn.each(webhookRoutings())(
  'replicas that come and go, each chosen by $chosenBy',
  ({ extraApiServerArgs }) => {
    let admission: AdmissionCluster;
    let replicas: OperatorReplicas;
    let pair: readonly OperatorReplica[];
    let gmsa: PodLoad;
    let linux: PodLoad;

    beforeAll(async () => {
      admission = await startAdmissionCluster({ extraApiServerArgs });
    });

    beforeEach(async () => {
      replicas = await admission.replicas();
      pair = await Promise.all([replicas.startReplica(ARGS), replicas.startReplica(ARGS)]);
      gmsa = admission.startGmsaPods(await admission.grant(), { concurrency: 16, pauseMs: 50 });
      linux = admission.startLinuxPods({ concurrency: 2, pauseMs: 50 });
      await morePods(gmsa, SOME_PODS);
    });

    afterEach(async () => {
      await Promise.all([gmsa.stop(), linux.stop()]);
      await replicas.close();
    });

    afterAll(() => admission.stop());

    it('no pod is refused while one after the other is replaced', async () => {
      let current = pair;
      for (let i = 0; i < REPLACEMENTS; i++) {
        const [oldest, ...others] = current;
        if (oldest === undefined) throw new Error('there are two');
        current = [...others, await replicas.startReplica(ARGS)];
        expect(await replicas.stopReplica(oldest)).toBe('exit code 0');
        await morePods(gmsa, SOME_PODS);
      }
      expect((await gmsa.stop()).failures).toEqual([]);
      expect((await linux.stop()).failures).toEqual([]);
    });

    it.each(['that leads', 'that does not lead'])(
      'after a crash of the replica %s, pods are refused for no longer than it is an endpoint',
      async (which) => {
        const leader = await leaderOf(pair);
        const killed = pair.find((replica) => (replica === leader) === (which === 'that leads'));
        if (killed === undefined) throw new Error('there are two');
        expect(gmsa.failures()).toEqual([]);
        await replicas.killReplica(killed);
        await waitFor('it to be no endpoint', async () => !(await isReadyEndpoint(killed)));
        await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
        const refused = gmsa.failures();
        await leaderOf(pair.filter((replica) => replica !== killed));
        await morePods(gmsa, 3 * SOME_PODS);
        expect((await gmsa.stop()).failures).toEqual(refused);
        for (const message of refused) expect(message).toContain('failed calling webhook');
        expect((await linux.stop()).failures).toEqual([]);
      },
    );

    async function isReadyEndpoint({ port }: OperatorReplica): Promise<boolean> {
      const { client } = admission.cluster;
      const { namespace, name } = admission.service;
      const { items } = await client.request<{ items: readonly EndpointSlice[] }>({
        method: 'GET',
        path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
        query: { labelSelector: `kubernetes.io/service-name=${name}` },
      });
      return items.some(
        ({ ports, endpoints }) =>
          ports[0]?.port === port && endpoints.some(({ conditions }) => conditions.ready),
      );
    }
  },
);
