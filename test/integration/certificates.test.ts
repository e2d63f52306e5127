// SPDX-License-Identifier: Apache-2.0
// The webhooks' certificates as the operator makes them: what the Secrets hold, and what becomes of
// whatever else is found in them when it starts.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { splitBundle } from '../../src/pki/certificate.ts';
import type { CheckedKeyPair } from '../../src/pki/key-pair.ts';
import { signedBy } from '../../src/pki/signed-by.ts';
import { DAY, HOUR, newAuthority, newServing } from '../../src/pki/testing/certificates.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { gmsaPod } from '../support/gmsa-pod.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, startAdmissionCluster } from './admission-cluster.ts';
import { shakeHands, trustedByConfigurations } from './webhook-handshake.ts';
import {
  CA_SECRET,
  type PlantedSecret,
  plantSecret,
  readPair,
  readSecret,
  SERVICE_HOST,
  SERVING_SECRET,
  tlsSecret,
} from './webhook-secrets.ts';

jest.setTimeout(60_000);

const MINUTE = 60_000;

/** An hour back, for clocks that differ. */
const LIVES = { [CA_SECRET]: 365 * DAY + HOUR, [SERVING_SECRET]: 90 * DAY + HOUR };

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('the certificates of the webhooks', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  let credspec: string;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    replicas = await admission.replicas();
    await replicas.startReplica();
    credspec = await admission.grant();
    await replicas.close();
    await admission.removeTraces();
  });

  afterEach(() => replicas.close());

  afterAll(() => admission.stop());

  const client = () => admission.cluster.client;

  async function startAnew(): Promise<OperatorReplica> {
    await admission.removeTraces();
    return start();
  }

  async function start(): Promise<OperatorReplica> {
    replicas = await admission.replicas();
    // The one before was killed, and would be waited for.
    return replicas.startReplica(['--leader-elect=false']);
  }

  const servingOf = (authority: CheckedKeyPair, now?: Date) =>
    newServing(authority, {
      dnsNames: [SERVICE_HOST],
      ipAddresses: [],
      ...(now === undefined ? {} : { now }),
    });

  /** Both Secrets hold pairs that are valid now, and everyone goes by them. */
  async function inForce(replica: OperatorReplica) {
    return waitFor('certificates in force', async () => {
      const ca = await readPair(client(), CA_SECRET);
      const serving = await readPair(client(), SERVING_SECRET);
      if (ca === undefined || serving === undefined) return undefined;
      const bundles = new Set(await trustedByConfigurations(client()));
      const [bundle = ''] = bundles;
      const { service } = admission;
      const served = await shakeHands({ service, port: replica.port, ca: bundle });
      const isInForce =
        bundles.size === 1 &&
        signedBy(serving.pair.leaf, ca.pair.leaf) &&
        served === serving.pair.leaf.x509.fingerprint256 &&
        splitBundle(bundle).some(({ fingerprint }) => fingerprint === ca.pair.leaf.fingerprint);
      return isInForce ? { ca, serving, bundle: splitBundle(bundle) } : undefined;
    });
  }

  async function createPod(): Promise<unknown> {
    const { spec } = await client().request<{
      spec: { securityContext: { windowsOptions: { gmsaCredentialSpec?: string } } };
    }>({
      method: 'POST',
      path: `/api/v1/namespaces/${admission.namespace}/pods`,
      body: gmsaPod({ credspec }),
    });
    return spec.securityContext.windowsOptions.gmsaCredentialSpec;
  }

  it('are a CA and what it signed for the Service, each in its Secret, and both are trusted by name', async () => {
    const before = Date.now();
    const { ca, serving, bundle } = await inForce(await startAnew());
    for (const [name, { pair }] of [
      [CA_SECRET, ca],
      [SERVING_SECRET, serving],
    ] as const) {
      const secret = await readSecret(client(), name);
      expect(secret).toMatchObject({
        type: 'kubernetes.io/tls',
        metadata: { labels: { 'app.kubernetes.io/managed-by': 'gmsa-operator' } },
      });
      expect(Object.keys(secret?.data ?? {}).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
      const { notBefore, notAfter } = pair.leaf;
      expect(notAfter.getTime() - notBefore.getTime()).toBe(LIVES[name]);
      expect(Math.abs(notBefore.getTime() + HOUR - before)).toBeLessThan(MINUTE);
    }
    const names = [ca.bundle, serving.bundle, bundle].map((certificates) =>
      certificates.map(({ fingerprint }) => fingerprint),
    );
    expect(names).toEqual(Array.from({ length: 3 }, () => [ca.pair.leaf.fingerprint]));
    expect(ca.pair.leaf.isCertificateAuthority).toBe(true);
    expect(serving.pair.leaf).toMatchObject({
      isCertificateAuthority: false,
      dnsNames: [SERVICE_HOST],
      ipAddresses: [],
    });
    expect(serving.pair.intermediates).toEqual([]);
    expect(serving.pair.privateKey).not.toBe(ca.pair.privateKey);
  });

  it('stay the same when the operator is started again', async () => {
    await inForce(await startAnew());
    const before = [
      await readSecret(client(), CA_SECRET),
      await readSecret(client(), SERVING_SECRET),
    ];
    await replicas.close();
    await inForce(await start());
    await createPod();
    const after = [
      await readSecret(client(), CA_SECRET),
      await readSecret(client(), SERVING_SECRET),
    ];
    expect(after).toEqual(before);
  });

  describe.each([
    [CA_SECRET, [CA_SECRET]],
    [SERVING_SECRET, [SERVING_SECRET]],
    ['either name', [CA_SECRET, SERVING_SECRET]],
  ])('a Secret found under %s at the start', (_, planted) => {
    beforeAll(async () => {
      await inForce(await startAnew());
      await replicas.close();
    });

    it.each<readonly [string, () => Promise<PlantedSecret>, RegExp]>([
      [
        'of another type and with other data',
        () => Promise.resolve({ type: 'Opaque', data: { password: 'swordfish' } }),
        /holds no certificate/,
      ],
      [
        'with rubbish under our keys, that nobody can change',
        () =>
          Promise.resolve({
            immutable: true,
            data: { 'tls.crt': 'rubbish', 'tls.key': '\0\0', 'ca.crt': 'rubbish' },
          }),
        /holds a certificate that is not PEM/,
      ],
      [
        'with a certificate whose key is missing',
        async () => {
          const { data } = tlsSecret(await newAuthority({ now: new Date() }), []);
          return { data: { ...data, 'tls.key': '' } };
        },
        /holds no private key/,
      ],
      [
        'with a certificate and the key of another',
        async () => {
          const now = new Date();
          const [one, other] = [await newAuthority({ now }), await newAuthority({ now })];
          const { data } = tlsSecret(one, [one.leaf]);
          return { data: { ...data, 'tls.key': other.privateKey } };
        },
        /holds a private key that does not belong to the \(first\) certificate/,
      ],
    ])('%s is replaced, and no pod is refused', async (__, content, reason) => {
      const rubbish = await content();
      for (const name of planted) await plantSecret(client(), name, rubbish);
      const replica = await start();
      expect(await createPod()).toEqual(expect.any(String));
      await inForce(replica);
      const told = (await replica.log())
        .filter(({ message }) => /^Made a new (CA|certificate) for the webhooks$/.test(message))
        .map(({ reason: why }) => why);
      expect(told.filter((why = '') => reason.test(why))).toHaveLength(planted.length);
      for (const name of planted) {
        expect(await readSecret(client(), name)).toMatchObject({ type: 'kubernetes.io/tls' });
        expect((await readSecret(client(), name))?.immutable).toBeUndefined();
      }
    });
  });

  it('are replaced where they have expired when the operator starts', async () => {
    const then = new Date(Date.now() - 400 * DAY);
    const ca = await newAuthority({ now: then });
    await plantBoth(ca, await servingOf(ca, then));
    const found = await inForce(await start());
    expect(found.ca.pair.leaf.fingerprint).not.toBe(ca.leaf.fingerprint);
    expect(await createPod()).toEqual(expect.any(String));
    // What has expired helps nobody.
    expect(found.bundle).toHaveLength(1);
  });

  it('are used as they are where a clock issued them that was 55 minutes ahead', async () => {
    const then = new Date(Date.now() + 55 * MINUTE);
    const ca = await newAuthority({ now: then });
    const serving = await servingOf(ca, then);
    await plantBoth(ca, serving);
    const found = await inForce(await start());
    expect(found.ca.pair.leaf.fingerprint).toBe(ca.leaf.fingerprint);
    expect(found.serving.pair.leaf.fingerprint).toBe(serving.leaf.fingerprint);
    expect(await createPod()).toEqual(expect.any(String));
  });

  it('are replaced where a clock issued them that was two hours ahead', async () => {
    const then = new Date(Date.now() + 120 * MINUTE);
    const ca = await newAuthority({ now: then });
    const serving = await servingOf(ca, then);
    await plantBoth(ca, serving);
    const replica = await start();
    const found = await inForce(replica);
    expect(found.ca.pair.leaf.fingerprint).not.toBe(ca.leaf.fingerprint);
    expect(found.serving.pair.leaf.fingerprint).not.toBe(serving.leaf.fingerprint);
    expect(await createPod()).toEqual(expect.any(String));
    const { reason } = await replica.logged('a new CA', ({ message }) =>
      message.startsWith('Made a new CA'),
    );
    expect(reason).toMatch(/is not valid before .*: is the clock of this machine right\?/);
  });

  /** They are all that there is. */
  async function plantBoth(ca: CheckedKeyPair, serving: CheckedKeyPair): Promise<void> {
    await admission.removeTraces();
    await plantSecret(client(), CA_SECRET, tlsSecret(ca, [ca.leaf]));
    await plantSecret(client(), SERVING_SECRET, tlsSecret(serving, [ca.leaf]));
  }
});
