// SPDX-License-Identifier: Apache-2.0
// Which pair is chosen is tested in pki/choose-serving.test.ts; here it is when a replica looks, what it takes
// into use, and what it says.
import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../kube/testing/fake-clock.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { certificateSecretData, type SecretData } from '../../pki/certificate-secret.ts';
import type { CheckedKeyPair } from '../../pki/key-pair.ts';
import type { LiveTrust } from '../../pki/live-trust.ts';
import {
  DAY,
  HOUR,
  newAuthority,
  newServing,
  SECOND,
  START,
} from '../../pki/testing/certificates.ts';
import type { CachedSecret } from './secret.ts';
import { createServingCertificate } from './serving-certificate.ts';

const RUBBISH: SecretData = { 'tls.crt': 'cnViYmlzaA==', 'tls.key': '' };

function setUp() {
  const clock = createFakeClock(START);
  const log = createRecordingLogger();
  const synced = Promise.withResolvers<undefined>();
  const stop = new AbortController();
  const listeners = new Set<() => void>();
  const did: string[] = [];
  const world = {
    secret: undefined as CachedSecret | undefined,
    trust: { type: 'nobody calls' } as LiveTrust,
    unusable: false,
  };
  let version = 0;
  const certificate = createServingCertificate({
    informers: {
      servingSecret: { get: (key) => (key === 'gmsa/cert' ? world.secret : undefined) },
      trust: () => world.trust,
      synced: synced.promise,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    secret: { namespace: 'gmsa', name: 'cert' },
    names: { dnsNames: ['webhook.ns.svc'], ipAddresses: [] },
    validityMs: 90 * DAY,
    serve: ({ leaf }) => {
      if (world.unusable) throw new Error('unsupported');
      did.push(`serve ${leaf.fingerprint}`);
    },
    log,
    observer: {
      read: (result) => did.push(`read ${result}`),
      served: () => undefined,
    },
    clock,
  });
  return {
    clock,
    log,
    stop,
    world,
    did,
    certificate,
    listeners,
    /** Puts data into the Secret without an event. */
    put(data: SecretData | undefined) {
      const resourceVersion = String(++version);
      world.secret = data && {
        name: 'cert',
        namespace: 'gmsa',
        uid: 'uid-1',
        resourceVersion,
        data,
        mustReplace: false,
      };
    },
    wake() {
      for (const listener of listeners) listener();
    },
    async start() {
      const running = certificate.run(stop.signal);
      synced.resolve(undefined);
      await clock.advance(0);
      return running;
    },
  };
}

async function pairOf(validityMs = 90 * DAY): Promise<CheckedKeyPair> {
  return newServing(await newAuthority(), { validityMs });
}

const dataOf = (pair: CheckedKeyPair) => certificateSecretData(pair, []);

describe('the serving certificate', () => {
  it('says that there is none until the Secret holds one, and serves it at once then', async () => {
    const replica = setUp();
    void replica.start();
    await replica.clock.advance(0);
    expect(replica.certificate.problem()).toBe(
      'no certificate of Secret gmsa/cert is served yet: there is no Secret',
    );
    const pair = await pairOf();
    replica.put(dataOf(pair));
    replica.wake();
    expect(replica.did).toEqual(['read ok', `serve ${pair.leaf.fingerprint}`]);
    expect(replica.certificate.served()?.leaf.fingerprint).toBe(pair.leaf.fingerprint);
    expect(replica.certificate.problem()).toBeUndefined();
    replica.stop.abort();
  });

  it('does not look before everything is read, nor after the end', async () => {
    const replica = setUp();
    replica.put(dataOf(await pairOf()));
    replica.certificate.look();
    expect(replica.did).toEqual([]);
    expect(replica.certificate.problem()).toContain('the Secret has not been read yet');
    replica.stop.abort();
    await replica.start();
    replica.certificate.look();
    expect(replica.did).toEqual([]);
    expect(replica.listeners.size).toBe(0);
  });

  it('looks after its own writes, and once a minute without any event', async () => {
    const replica = setUp();
    void replica.start();
    await replica.clock.advance(0);
    const pair = await pairOf();
    replica.put(dataOf(pair));
    await replica.clock.advance(59 * SECOND);
    expect(replica.did).toEqual([]);
    await replica.clock.advance(SECOND);
    expect(replica.did).toEqual(['read ok', `serve ${pair.leaf.fingerprint}`]);
    replica.put(RUBBISH);
    replica.certificate.look();
    expect(replica.did.at(-1)).toBe('read error');
    replica.stop.abort();
  });

  it('keeps what it serves when the Secret holds rubbish, and says so once', async () => {
    const replica = setUp();
    const pair = await pairOf();
    replica.put(dataOf(pair));
    void replica.start();
    await replica.clock.advance(0);
    replica.put(RUBBISH);
    replica.wake();
    await replica.clock.advance(3 * 60 * SECOND);
    expect(replica.did).toEqual(['read ok', `serve ${pair.leaf.fingerprint}`, 'read error']);
    expect(replica.certificate.problem()).toBeUndefined();
    const warnings = replica.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      { message: 'The Secret of the webhooks is of no use', fields: { secret: 'gmsa/cert' } },
    ]);
    replica.stop.abort();
  });

  it('waits until the API servers trust a new one for long enough', async () => {
    const replica = setUp();
    const authority = await newAuthority();
    const first = await newServing(authority);
    replica.world.trust = { type: 'seen', trusted: [{ certificate: authority.leaf, sinceMs: 0 }] };
    replica.put(dataOf(first));
    void replica.start();
    await replica.clock.advance(10 * SECOND);
    const next = await newAuthority();
    const second = await newServing(next);
    replica.world.trust = {
      type: 'seen',
      trusted: [authority, next].map(({ leaf }, i) => ({ certificate: leaf, sinceMs: i * 10_000 })),
    };
    replica.put(dataOf(second));
    replica.wake();
    await replica.clock.advance(2_999);
    expect(replica.certificate.served()?.leaf.fingerprint).toBe(first.leaf.fingerprint);
    await replica.clock.advance(1);
    expect(replica.certificate.served()?.leaf.fingerprint).toBe(second.leaf.fingerprint);
    replica.stop.abort();
  });

  it('reports a pair that Node does not take, and tries it again', async () => {
    const replica = setUp();
    replica.world.unusable = true;
    replica.put(dataOf(await pairOf()));
    void replica.start();
    await replica.clock.advance(0);
    expect(replica.certificate.problem()).toContain('cannot be served: unsupported');
    expect(replica.did).toEqual(['read ok', 'read error']);
    replica.world.unusable = false;
    await replica.clock.advance(60 * SECOND);
    expect(replica.certificate.problem()).toBeUndefined();
    replica.stop.abort();
  });

  it('says when what it serves has expired', async () => {
    const replica = setUp();
    replica.put(dataOf(await pairOf(2 * HOUR)));
    void replica.start();
    await replica.clock.advance(3 * HOUR);
    expect(replica.certificate.problem()).toBe(
      'the certificate that is served expired at 2026-01-02T05:04:05Z',
    );
    replica.stop.abort();
  });
});
