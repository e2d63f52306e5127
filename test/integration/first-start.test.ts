// SPDX-License-Identifier: Apache-2.0
// An installation's first moments: two replicas that start at once, with no Secret, no configuration and
// no Lease, end with one CA, and from then on no pod is refused.
import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createSecretInformer } from '../../src/controller/webhooks/webhook-informers.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { gmsaPod } from '../support/gmsa-pod.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, startAdmissionCluster } from './admission-cluster.ts';
import { shakeHands, trustedByConfigurations } from './webhook-handshake.ts';
import { CA_SECRET, OPERATOR_NAMESPACE, SERVING_SECRET, secretPath } from './webhook-secrets.ts';

jest.setTimeout(60_000);

const ROUNDS = 20;
const ROUNDS_WITHOUT_ELECTION = 5;
const PODS = 20;

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('two replicas that start at once', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
  });

  afterEach(async () => {
    await replicas.close();
    await admission.removeTraces();
  });

  afterAll(() => admission.stop());

  const rounds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

  it.each(rounds(ROUNDS))('make one CA, and no pod is refused afterwards: start %i', () =>
    start([]),
  );

  it.each(rounds(ROUNDS_WITHOUT_ELECTION))('end with one CA even where both write: start %i', () =>
    start(['--leader-elect=false']),
  );

  async function start(args: readonly string[]): Promise<void> {
    const stored = watchCaSecret();
    try {
      replicas = await admission.replicas();
      const both = await Promise.all([replicas.startReplica(args), replicas.startReplica(args)]);
      const credspec = await admission.grant();
      await waitFor('the watch to tell of a CA', () => stored.certificates().length > 0);
      await expectOneCa(both, stored.certificates());
      const results = await Promise.allSettled(
        Array.from({ length: PODS }, () => contentsOfNewPod(credspec)),
      );
      const { credspec: contents } = await admission.cluster.credspec(credspec);
      const inlined = results.map((result) =>
        result.status === 'fulfilled' ? result.value : String(result.reason),
      );
      expect(inlined).toEqual(Array.from({ length: PODS }, () => contents));
      // Whoever came second has not made another one meanwhile.
      expect(stored.certificates()).toHaveLength(1);
    } finally {
      await stored.stop();
    }
  }

  /** Each certificate that the CA's Secret ever holds. */
  function watchCaSecret() {
    const { client } = admission.cluster;
    const informer = createSecretInformer(
      { client, log: createLogger({ level: 'error', format: 'text' }) },
      { namespace: OPERATOR_NAMESPACE, name: CA_SECRET },
    );
    const certificates = new Set<string>();
    informer.subscribe(({ object: { data } }) => {
      certificates.add(decoded(data['tls.crt']));
    });
    const end = new AbortController();
    const running = informer.run(end.signal);
    return {
      certificates: () => [...certificates],
      stop: async () => {
        end.abort();
        await running;
      },
    };
  }

  async function expectOneCa(
    both: readonly OperatorReplica[],
    stored: readonly string[],
  ): Promise<void> {
    const told = await Promise.all(both.map(async (replica) => replica.log()));
    const made = told.flat().filter(({ message }) => message === 'Made a new CA for the webhooks');
    expect(made).toHaveLength(1);
    expect(stored).toHaveLength(1);
    const [ca = ''] = stored;
    // Two writers may have issued two of these; what counts is that all agree soon.
    await waitFor('both replicas to serve what the Secret holds', async () => {
      const secret = await admission.cluster.get<{ data: Record<string, string> }>(
        secretPath(SERVING_SECRET),
      );
      const leaf = new X509Certificate(decoded(secret?.data['tls.crt'])).fingerprint256;
      const served = await Promise.all(
        both.map(({ port }) => shakeHands({ service: admission.service, port, ca })),
      );
      return served.every((fingerprint) => fingerprint === leaf);
    });
    for (const bundle of await trustedByConfigurations(admission.cluster.client)) {
      expect(bundle).toBe(ca);
    }
  }

  async function contentsOfNewPod(credspec: string): Promise<unknown> {
    const { spec } = await admission.cluster.client.request<{
      spec: { securityContext: { windowsOptions: { gmsaCredentialSpec?: string } } };
    }>({
      method: 'POST',
      path: `/api/v1/namespaces/${admission.namespace}/pods`,
      body: gmsaPod({ credspec }),
    });
    return JSON.parse(spec.securityContext.windowsOptions.gmsaCredentialSpec ?? 'null');
  }
});

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString();
}
