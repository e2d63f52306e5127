// SPDX-License-Identifier: Apache-2.0
// Secrets of the webhooks that somebody spoils while pods are created: what is in there is not served, it is
// put right, and no pod is refused.
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
import { createSecretInformer } from '../../src/controller/webhooks/webhook-informers.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { readCertificateSecret } from '../../src/pki/certificate-secret.ts';
import type { CheckedKeyPair } from '../../src/pki/key-pair.ts';
import { signedBy } from '../../src/pki/signed-by.ts';
import { newAuthority, newServing } from '../../src/pki/testing/certificates.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import type { PodLoad } from '../support/pod-load.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, morePods, startAdmissionCluster } from './admission-cluster.ts';
import { type LateApiServer, startLateApiServer } from './late-api-server.ts';
import {
  CA_SECRET,
  deleteSecret,
  OPERATOR_NAMESPACE,
  plantSecret,
  readPair,
  SERVICE_HOST,
  SERVING_SECRET,
  spoilSecret,
  tlsSecret,
} from './webhook-secrets.ts';

jest.setTimeout(60_000);

/** Less than the 3 s that certificates of a new CA are held back for. */
const LATE_MS = 1_000;

/** After a repair. */
const SOME_PODS = 20;

const REPAIRED_WITHIN_MS = 1_000;

/** What is there first, and the repairs that are made at once. */
const MOST_AT_ONCE = 6;

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('Secrets of the webhooks that are spoilt while pods are created', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  let pair: readonly OperatorReplica[];
  let late: LateApiServer;
  let pods: PodLoad;
  /** Every pair that the Secret of the certificate held since the start. */
  let seenPairs: CheckedKeyPair[];
  let watching: AbortController;
  let watched: Promise<void>;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
  });

  afterAll(() => admission.stop());

  const client = () => admission.cluster.client;

  async function start(): Promise<void> {
    replicas = await admission.replicas();
    pair = await Promise.all([replicas.startReplica(), replicas.startReplica()]);
    const credspec = await admission.grant();
    const ports = pair.map(({ port }) => port);
    late = startLateApiServer({
      client: client(),
      service: admission.service,
      ports,
      lateMs: LATE_MS,
    });
    seenPairs = [];
    watching = new AbortController();
    const secret = createSecretInformer(
      { client: client(), log: createLogger({ level: 'error', format: 'text' }) },
      { namespace: OPERATOR_NAMESPACE, name: SERVING_SECRET },
    );
    secret.subscribe(({ object: { data } }) => {
      const { keyPair } = readCertificateSecret(data);
      if (keyPair.type === 'valid') seenPairs.push(keyPair.pair);
    });
    watched = secret.run(watching.signal);
    pods = admission.startGmsaPods(credspec, { concurrency: 4, pauseMs: 50 });
    await morePods(pods, SOME_PODS);
  }

  async function stop(): Promise<void> {
    watching.abort();
    await Promise.all([pods.stop(), late.stop(), watched]);
    await replicas.close();
    await admission.removeTraces();
  }

  /** What the two Secrets hold, if that fits together. */
  async function held() {
    const ca = (await readPair(client(), CA_SECRET))?.pair;
    const serving = (await readPair(client(), SERVING_SECRET))?.pair;
    return ca !== undefined && serving !== undefined && signedBy(serving.leaf, ca.leaf)
      ? { ca, serving }
      : undefined;
  }

  /** Until what was spoilt holds a pair again that is another than `before`. */
  async function repaired(before: Held, spoilt: readonly (keyof Held)[]): Promise<void> {
    await waitFor('the repair', async () => {
      const pairs = {
        ca: await readPair(client(), CA_SECRET),
        serving: await readPair(client(), SERVING_SECRET),
      };
      return spoilt.every((name) => {
        const leaf = pairs[name]?.pair.leaf;
        return leaf !== undefined && leaf.fingerprint !== before[name].leaf.fingerprint;
      });
    });
  }

  /** What is held when the new CA, if there is one, has signed the certificate. */
  const settled = () => waitFor('a certificate of the CA', held);

  /** Until each replica serves what the Secret holds, as who trusts the configurations sees it. */
  async function served({ serving }: Held): Promise<void> {
    await waitFor('both replicas to serve it', () =>
      pair.every(({ port }) => late.leaves(port).at(-1) === serving.leaf.x509.fingerprint256),
    );
    await morePods(pods, SOME_PODS);
  }

  /**
   * Everything that was seen served is one of these, or was signed by a CA of these: if the operator sees the damage of
   * the certificate before that of the CA, it replaces the certificate twice. And nobody was refused.
   */
  function expectNothingElseServed(legitimate: readonly Held[]): void {
    const known = [
      ...legitimate.map(({ serving }) => serving),
      ...seenPairs.filter(({ leaf }) => legitimate.some(({ ca }) => signedBy(leaf, ca.leaf))),
    ].map(({ leaf }) => leaf.x509.fingerprint256);
    for (const { port } of pair)
      expect(known).toEqual(expect.arrayContaining([...late.leaves(port)]));
    expect({ pods: pods.failures(), handshakes: late.failures() }).toEqual({
      pods: [],
      handshakes: [],
    });
  }

  const RUBBISH = { data: { 'tls.crt': 'rubbish', 'tls.key': '\0\0', 'ca.crt': 'rubbish' } };

  async function halfWritten(name: string): Promise<void> {
    const { privateKey } = await newAuthority({ now: new Date() });
    await spoilSecret(client(), name, { data: { 'tls.key': privateKey } });
  }

  /** A pair that is right in all but that somebody else signed it. */
  async function foreign(authority?: CheckedKeyPair): Promise<void> {
    const now = new Date();
    const ca = authority ?? (await newAuthority({ now }));
    const leaf = await newServing(ca, { now, dnsNames: [SERVICE_HOST], ipAddresses: [] });
    await spoilSecret(client(), SERVING_SECRET, tlsSecret(leaf, [ca.leaf]));
  }

  describe.each<readonly [string, readonly Damage[]]>([
    [
      'the certificate',
      [
        ['rubbish', ['serving'], () => spoilSecret(client(), SERVING_SECRET, RUBBISH)],
        [
          'rubbish that nobody can change',
          ['serving'],
          () => spoilSecret(client(), SERVING_SECRET, { ...RUBBISH, immutable: true }),
        ],
        ['the key of another', ['serving'], () => halfWritten(SERVING_SECRET)],
        ['a certificate of another CA, with that CA', ['serving'], () => foreign()],
        ['nothing: it is deleted', ['serving'], () => deleteSecret(client(), SERVING_SECRET)],
      ],
    ],
    [
      'the CA',
      [
        [
          'a Secret of another type',
          ['ca'],
          async () => {
            // A Secret's type cannot be changed: it is deleted first, and a leader that is quicker would repair that.
            await Promise.all(pair.map((replica) => replica.signal('SIGSTOP')));
            await plantSecret(client(), CA_SECRET, { type: 'Opaque', data: { note: 'mine' } });
            await Promise.all(pair.map((replica) => replica.signal('SIGCONT')));
          },
        ],
        ['the key of another', ['ca'], () => halfWritten(CA_SECRET)],
        ['nothing: it is deleted', ['ca'], () => deleteSecret(client(), CA_SECRET)],
      ],
    ],
    [
      'both',
      [
        [
          'rubbish',
          ['ca', 'serving'],
          () =>
            Promise.all(
              [CA_SECRET, SERVING_SECRET].map((name) => spoilSecret(client(), name, RUBBISH)),
            ),
        ],
        [
          'nothing: they are deleted',
          ['ca', 'serving'],
          () =>
            Promise.all([CA_SECRET, SERVING_SECRET].map((name) => deleteSecret(client(), name))),
        ],
      ],
    ],
  ])('%s', (_, damages) => {
    const legitimate: Held[] = [];

    beforeAll(async () => {
      await start();
      const first = await held();
      if (first === undefined) throw new Error('a replica that is ready has certificates');
      legitimate.push(first);
    });

    afterAll(stop);

    it.each(damages)('is replaced by %s, and by a new one', async (__, spoilt, damage) => {
      const [before = await held()] = legitimate.slice(-1);
      if (before === undefined) throw new Error('there was one before');
      await damage();
      const begin = performance.now();
      await repaired(before, spoilt);
      expect(performance.now() - begin).toBeLessThan(REPAIRED_WITHIN_MS);
      const after = await settled();
      legitimate.push(after);
      await served(after);
      expectNothingElseServed(legitimate);
      // Nobody comes to be trusted by what is written beside the certificate.
      if (!spoilt.includes('ca')) expect(late.longestBundle()).toBe(1);
    });
  });

  describe('again and again', () => {
    beforeEach(start);

    afterEach(stop);

    it('are not written as fast as they are spoilt, and pods are created all the while', async () => {
      const first = await held();
      if (first === undefined) throw new Error('a replica that is ready has certificates');
      const informer = createSecretInformer(
        { client: client(), log: createLogger({ level: 'error', format: 'text' }) },
        { namespace: OPERATOR_NAMESPACE, name: CA_SECRET },
      );
      const end = new AbortController();
      const running = informer.run(end.signal);
      let written = 0;
      const deletions: Promise<void>[] = [];
      informer.subscribe(({ type, object: { data } }) => {
        if (type === 'deleted') return;
        if (data['tls.crt'] !== undefined) written++;
        deletions.push(deleteSecret(client(), CA_SECRET));
      });
      await waitFor('the operator to have enough of it', async () => {
        const told = (await Promise.all(pair.map((replica) => replica.log()))).flat();
        return told.some(({ message }) => message.includes('somebody changes it again and again'));
      });
      await waitFor('all that was written', () => written >= MOST_AT_ONCE);
      await morePods(pods, 4 * SOME_PODS);
      expect(written).toBe(MOST_AT_ONCE);
      expectNothingElseServed([first]);
      end.abort();
      await running;
      await Promise.all(deletions);
    });
  });
});

interface Held {
  readonly ca: CheckedKeyPair;
  readonly serving: CheckedKeyPair;
}

type Damage = readonly [string, readonly (keyof Held)[], () => Promise<unknown>];
