// SPDX-License-Identifier: Apache-2.0
// With --cert-mode=external somebody else makes the certificate: the operator serves what it may, trusts
// what the Secret says, and never writes one.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { splitBundle } from '../../src/pki/certificate.ts';
import type { CheckedKeyPair } from '../../src/pki/key-pair.ts';
import { HOUR, newAuthority, newServing } from '../../src/pki/testing/certificates.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import type { PodLoad } from '../support/pod-load.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, morePods, startAdmissionCluster } from './admission-cluster.ts';
import { shakeHands, trustedByConfigurations } from './webhook-handshake.ts';
import { readRegistrations } from './webhook-registrations.ts';
import {
  CA_SECRET,
  deleteSecret,
  plantSecret,
  readSecret,
  SERVICE_HOST,
  SERVING_SECRET,
  spoilSecret,
  tlsSecret,
} from './webhook-secrets.ts';

jest.setTimeout(60_000);

const SOME_PODS = 20;

/** Of the annotation, which knows whole seconds. */
const SECOND_MS = 1_000;

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

// Each begins where the one before has ended.
describeOwn('a certificate that somebody else makes', () => {
  let admission: AdmissionCluster;
  let proxy: FaultProxy;
  let operator: OperatorProcess;
  let port: number;
  let pods: PodLoad | undefined;

  let first: External;
  let second: External;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    port = await freePort();
    const { address } = admission.service;
    const kubeconfig = await admission.cluster.controlPlane.serviceAccountKubeconfig(
      'gmsa-operator-system',
      'gmsa-operator',
    );
    proxy = await startFaultProxy(kubeconfig, dirname(kubeconfig));
    operator = await startOperator({
      kubeconfig: proxy.kubeconfigPath,
      admission: { type: 'service', address, port },
      args: ['--cert-mode=external', '--leader-elect=false'],
    });
    const now = new Date();
    first = await external(now);
    // The newest comes first in a bundle, and certificates know whole seconds.
    second = await external(new Date(now.getTime() + SECOND_MS));
  });

  afterAll(async () => {
    await pods?.stop();
    await operator.close();
    await proxy.stop();
    await admission.stop();
  });

  const client = () => admission.cluster.client;

  async function external(now: Date): Promise<External> {
    const ca = await newAuthority({ now });
    const leaf = await newServing(ca, { now, dnsNames: [SERVICE_HOST], ipAddresses: [] });
    return { ca, leaf };
  }

  const secretOf = ({ ca, leaf }: External) => tlsSecret(leaf, [ca.leaf]);

  /** The CAs that each webhook trusts. */
  async function trusted(): Promise<readonly (readonly string[])[]> {
    return (await trustedByConfigurations(client())).map((bundle) =>
      splitBundle(bundle).map(({ fingerprint }) => fingerprint),
    );
  }

  const everyWebhook = <T>(value: T): readonly T[] => [value, value, value];

  /** As who trusts the configurations sees it. */
  async function served(): Promise<string> {
    const [ca = ''] = await trustedByConfigurations(client());
    return shakeHands({ service: admission.service, port, ca });
  }

  const isServed = ({ leaf }: External) =>
    waitFor('the certificate to be served', async () => {
      return (await served()) === leaf.leaf.x509.fingerprint256;
    });

  it('is missed while there is none: not ready, which says why, and no webhook is registered', async () => {
    await waitFor('the reason', async () => {
      const { code, body } = await operator.readyz();
      return (
        code === 500 &&
        body.includes(
          `no certificate of Secret gmsa-operator-system/${SERVING_SECRET} is served yet: there is no Secret`,
        )
      );
    });
    expect(await readRegistrations(client())).toEqual([]);
    expect(await readSecret(client(), SERVING_SECRET)).toBeUndefined();
  });

  it('is served as soon as it is there, and its ca.crt trusted', async () => {
    await plantSecret(client(), SERVING_SECRET, secretOf(first));
    await waitFor('readiness', async () => (await operator.readyz()).code === 200);
    await admission.service.setReplicas([{ port, ready: true }]);
    const credspec = await admission.grant();
    expect(await trusted()).toEqual(everyWebhook([first.ca.leaf.fingerprint]));
    expect(await served()).toBe(first.leaf.leaf.x509.fingerprint256);
    pods = admission.startGmsaPods(credspec, { concurrency: 4, pauseMs: 50 });
    await morePods(pods, SOME_PODS);
  });

  it('of another CA is trusted beside the one before, and served a little later', async () => {
    const before = Date.now();
    await spoilSecret(client(), SERVING_SECRET, secretOf(second));
    await waitFor('both CAs to be trusted', async () => {
      const both = [second.ca.leaf.fingerprint, first.ca.leaf.fingerprint];
      return JSON.stringify(await trusted()) === JSON.stringify(everyWebhook(both));
    });
    // Other API servers may not know it yet.
    expect(await served()).toBe(first.leaf.leaf.x509.fingerprint256);
    const { notBefore, notAfter } = second.leaf.leaf;
    const until = notAfter.getTime() - notBefore.getTime() + HOUR;
    for (const { metadata } of await readRegistrations(client())) {
      const told = Date.parse(metadata.annotations?.['gmsa-operator.io/previous-ca-until'] ?? '');
      expect(told - until).toBeGreaterThanOrEqual(before - SECOND_MS);
      expect(told - until).toBeLessThanOrEqual(Date.now());
    }
    await isServed(second);
    await morePods(load(), SOME_PODS);
  });

  it.each<readonly [string, RegExp, () => Promise<unknown>]>([
    [
      'rubbish',
      /holds a certificate that is not PEM/,
      () =>
        spoilSecret(client(), SERVING_SECRET, {
          data: { 'tls.crt': 'rubbish', 'tls.key': 'rubbish', 'ca.crt': 'rubbish' },
        }),
    ],
    [
      'the key of another',
      /does not belong to the \(first\) certificate/,
      () =>
        spoilSecret(client(), SERVING_SECRET, {
          data: { ...secretOf(first).data, 'tls.key': second.leaf.privateKey },
        }),
    ],
    [
      'one for another name',
      /does not name gmsa-operator-webhook\.gmsa-operator-system\.svc/,
      async () => {
        const { ca } = second;
        const leaf = await newServing(ca, { now: new Date(), dnsNames: ['elsewhere.svc'] });
        await spoilSecret(client(), SERVING_SECRET, tlsSecret(leaf, [ca.leaf]));
      },
    ],
  ])('that is replaced by %s stays in use, and the bundle as it is', async (_, why, spoil) => {
    const before = await readRegistrations(client());
    await spoil();
    await operator.logged('that the Secret is of no use', ({ message, problem = '' }) => {
      return message === 'The Secret of the webhooks is of no use' && why.test(problem);
    });
    await morePods(load(), SOME_PODS);
    expect(await served()).toBe(second.leaf.leaf.x509.fingerprint256);
    expect(await readRegistrations(client())).toEqual(before);
  });

  it('stays in use when its Secret is deleted', async () => {
    const before = await readRegistrations(client());
    await deleteSecret(client(), SERVING_SECRET);
    await morePods(load(), 2 * SOME_PODS);
    expect(await served()).toBe(second.leaf.leaf.x509.fingerprint256);
    expect(await readRegistrations(client())).toEqual(before);
    expect((await operator.readyz()).code).toBe(200);
  });

  it('is never written by the operator, nor a CA of its own, and no pod was refused', async () => {
    const written = await plantSecret(client(), SERVING_SECRET, secretOf(second));
    await morePods(load(), 2 * SOME_PODS);
    expect(await readSecret(client(), SERVING_SECRET)).toEqual(written);
    expect(await readSecret(client(), CA_SECRET)).toBeUndefined();
    const requests = proxy.requests.filter(({ url }) => url.includes('/secrets'));
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(load().failures()).toEqual([]);
  });

  function load(): PodLoad {
    if (pods === undefined) throw new Error('pods are created from the second test on');
    return pods;
  }
});

interface External {
  readonly ca: CheckedKeyPair;
  readonly leaf: CheckedKeyPair;
}
