// SPDX-License-Identifier: Apache-2.0
// What is to be done is tested with the plan (pki/rotation-plan.test.ts); here it is that it is done, one write
// after the other, and only where it can be.
import { describe, expect, it, jest } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import { createFakeClock } from '../../kube/testing/fake-clock.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { splitBundle } from '../../pki/certificate.ts';
import { readCertificateSecret } from '../../pki/certificate-secret.ts';
import { type LiveTrust, observeTrust } from '../../pki/live-trust.ts';
import { DAY, HOUR, START } from '../../pki/testing/certificates.ts';
import { createCertificateReconciler } from './certificate-reconciler.ts';
import { type CachedSecret, decodeSecret } from './secret.ts';

/** The first certificate loads the library that issues it. */
jest.setTimeout(30_000);

type ApiRequest = Parameters<KubeClient['request']>[0];

const NAMES = { dnsNames: ['webhook.gmsa.svc'], ipAddresses: [] };

/** A leader with both Secrets on a scripted API server, and what it did. */
function setUp() {
  const did: string[] = [];
  const secrets = new Map<string, CachedSecret>();
  const clock = createFakeClock(START);
  const world = {
    hasSynced: true,
    problem: undefined as Error | undefined,
    refuses: undefined as ApiError | undefined,
    trust: { type: 'nobody calls' } as LiveTrust,
  };
  let version = 0;
  const client = {
    request: ({ method, path, body }: ApiRequest) => {
      const { metadata, data } = body as { readonly metadata: object; readonly data: object };
      did.push(`${method} ${path.split('/').at(-1) ?? ''}`);
      if (world.refuses !== undefined) return Promise.reject(world.refuses);
      const resourceVersion = String(++version);
      const type = 'kubernetes.io/tls';
      return Promise.resolve({
        metadata: { ...metadata, uid: 'uid-1', resourceVersion },
        type,
        data,
      });
    },
  } as unknown as KubeClient;
  const informer = {
    get: (key: string) => secrets.get(key),
    observe: (raw: RawObject) => {
      secrets.set(`gmsa/${raw.metadata.name}`, decodeSecret(raw));
    },
    freshen: () => Promise.resolve(),
    synced: Promise.resolve(),
    hasSynced: () => world.hasSynced,
    problem: () => world.problem,
  } as unknown as Informer<CachedSecret>;
  const log = createRecordingLogger();
  const reconciler = createCertificateReconciler({
    client,
    informers: { servingSecret: informer, trust: () => world.trust },
    authoritySecret: informer,
    served: () => undefined,
    namespace: 'gmsa',
    secrets: { authority: 'ca', serving: 'cert' },
    names: NAMES,
    certValidityMs: 90 * DAY,
    caValidityMs: 365 * DAY,
    fieldManager: 'gmsa-operator',
    creator: 'gmsa-operator-1',
    log,
    signal: new AbortController().signal,
    clock,
  });
  return {
    reconciler,
    did,
    secrets,
    clock,
    world,
    log,
    read: (name: string) => readCertificateSecret(secrets.get(`gmsa/${name}`)?.data),
    /** Both configurations hold this bundle from now on. */
    trust: (caBundle: string | undefined) => {
      world.trust = observeTrust(
        world.trust,
        [caBundle ?? '', caBundle ?? ''],
        clock.monotonicMs(),
      );
    },
  };
}

/** Reconciles until nothing is left to do, as the leader does. */
async function settle({ reconciler, trust }: ReturnType<typeof setUp>): Promise<void> {
  for (;;) {
    const { caBundle } = await reconciler.prepare();
    trust(caBundle);
    if ((await reconciler.complete()) === 'nothing') return;
  }
}

describe('the certificate reconciler', () => {
  it('issues a CA first, and a certificate of it when the configurations may trust it', async () => {
    const leader = setUp();
    const state = await leader.reconciler.prepare();
    expect(leader.did).toEqual(['PATCH ca']);
    expect(state.caBundle).toBe(
      leader
        .read('ca')
        .authorities.map(({ pem }) => pem)
        .join(''),
    );
    leader.trust(state.caBundle);
    expect(await leader.reconciler.complete()).toBe('done');
    expect(leader.did).toEqual(['PATCH ca', 'PATCH cert']);
    expect(leader.read('cert').keyPair.type).toBe('valid');
    expect(leader.log.lines.map(({ message }) => message)).toEqual([
      'Made a new CA for the webhooks',
      'Made a new certificate for the webhooks',
    ]);
  });

  it('does nothing when all is in place, and comes back within the hour', async () => {
    const leader = setUp();
    await settle(leader);
    const before = leader.did.length;
    const { againInMs } = await leader.reconciler.prepare();
    expect(await leader.reconciler.complete()).toBe('nothing');
    expect(leader.did).toHaveLength(before);
    expect(againInMs).toBeLessThanOrEqual(HOUR);
  });

  it('renews the certificate when it is due by the clock', async () => {
    const leader = setUp();
    await settle(leader);
    const before = leader.did.length;
    await leader.clock.advance(80 * DAY);
    await settle(leader);
    expect(leader.did.slice(before)).toEqual(['PUT cert']);
  });

  it('keeps the previous CA in the bundles of both Secrets after it issued a new one', async () => {
    const leader = setUp();
    await settle(leader);
    leader.secrets.delete('gmsa/ca');
    const { caBundle } = await leader.reconciler.prepare();
    expect(splitBundle(caBundle ?? '')).toHaveLength(2);
    expect(leader.did.slice(-2)).toEqual(['PATCH ca', 'PUT cert']);
    for (const name of ['ca', 'cert']) expect(leader.read(name).authorities).toHaveLength(2);
  });

  it('issues nothing before it has read the Secret of the CA, and says why', async () => {
    const leader = setUp();
    leader.world.hasSynced = false;
    await expect(leader.reconciler.prepare()).rejects.toThrow(
      'Secret gmsa/ca: it has not been read yet',
    );
    leader.world.problem = new Error('forbidden');
    await expect(leader.reconciler.prepare()).rejects.toThrow('Secret gmsa/ca: forbidden');
    expect(leader.did).toEqual([]);
  });

  it('passes on that another replica was quicker', async () => {
    const leader = setUp();
    leader.world.refuses = new ApiError('PATCH', 409, { reason: 'Conflict' });
    await expect(leader.reconciler.prepare()).rejects.toThrow('409');
    expect(leader.secrets.size).toBe(0);
  });

  it('waits where somebody deletes the CA again and again', async () => {
    const leader = setUp();
    for (let i = 0; i <= 5; i++) {
      leader.secrets.delete('gmsa/ca');
      await leader.reconciler.prepare();
    }
    leader.secrets.delete('gmsa/ca');
    const before = leader.did.length;
    const { caBundle, againInMs } = await leader.reconciler.prepare();
    expect(leader.did).toHaveLength(before);
    expect(caBundle).toBeUndefined();
    expect(againInMs).toBeLessThanOrEqual(15_000);
  });
});
