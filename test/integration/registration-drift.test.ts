// SPDX-License-Identifier: Apache-2.0
// Webhook configurations that somebody changes or deletes: they are put right within a second, the Event
// says who it was, and who does it again and again is not fought at full speed.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, startAdmissionCluster } from './admission-cluster.ts';
import {
  fingerprintOf,
  readRegistration,
  type Registration,
  REGISTRATION_PATHS,
  type RegistrationKind,
  watchRegistration,
  writeRegistration,
} from './webhook-registrations.ts';

jest.setTimeout(60_000);

const REPAIRED_WITHIN_MS = 1_000;

/** Repairs that are made at once, and how long the next one waits (controller/repair-limiter.ts). */
const FREE_REPAIRS = 5;
const WAIT_MS = 15_000;

const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

const EDITOR = 'kubectl-edit';

type Change = (live: Registration) => object;

/** Changes every webhook of a configuration. */
const webhooks =
  (change: object): Change =>
  (live) => ({ ...live, webhooks: live.webhooks?.map((each) => ({ ...each, ...change })) });

const metadata =
  (change: (metadata: Registration['metadata']) => object): Change =>
  (live) => ({ ...live, metadata: { ...live.metadata, ...change(live.metadata) } });

/** Changes whom the webhooks call, or whom they trust. */
const clientConfig =
  (change: (config: ClientConfig) => object): Change =>
  (live) => ({
    ...live,
    webhooks: live.webhooks?.map((each) => ({
      ...each,
      clientConfig: { ...each.clientConfig, ...change(each.clientConfig) },
    })),
  });

type ClientConfig = NonNullable<Registration['webhooks']>[number]['clientConfig'];

const TAP = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['*'],
  resources: ['secrets'],
  scope: '*',
};

/** As many for each configuration as are repaired at once. */
const DRIFTS: readonly (readonly Drift[])[] = [
  [
    ['mutating', 'is gone', 'deleted'],
    ['mutating', 'may be left out', webhooks({ failurePolicy: 'Ignore' })],
    ['mutating', 'trusts nobody', clientConfig(() => ({ caBundle: undefined }))],
    ['mutating', 'has no webhooks', (live) => ({ ...live, webhooks: [] })],
    ['mutating', 'looks at Secrets', webhooks({ rules: [TAP] })],
    ['validating', 'is gone', 'deleted'],
    ['validating', 'waits for long', webhooks({ timeoutSeconds: 30 })],
    [
      'validating',
      'calls another Service',
      clientConfig(({ service }) => ({ service: { ...service, name: 'evil' } })),
    ],
    [
      'validating',
      'lacks a webhook',
      (live) => ({ ...live, webhooks: live.webhooks?.slice(0, 1) }),
    ],
    [
      'validating',
      'has one more',
      (live) => ({
        ...live,
        webhooks: [...(live.webhooks ?? []), { ...live.webhooks?.[0], name: 'one.more.example' }],
      }),
    ],
  ],
  [
    [
      'mutating',
      'exempts namespaces',
      webhooks({ namespaceSelector: { matchLabels: { gmsa: 'checked' } } }),
    ],
    ['mutating', 'is called for every pod', webhooks({ matchConditions: undefined })],
    ['mutating', 'is not called again', webhooks({ reinvocationPolicy: 'Never' })],
    ['mutating', 'lacks our label', metadata(() => ({ labels: {} }))],
    [
      'mutating',
      'belongs to something else',
      metadata(() => ({
        ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: 'x' }],
      })),
    ],
    [
      'validating',
      'exempts pods',
      webhooks({ objectSelector: { matchLabels: { gmsa: 'checked' } } }),
    ],
    ['validating', 'matches exactly', webhooks({ matchPolicy: 'Exact' })],
    ['validating', 'has other side effects', webhooks({ sideEffects: 'NoneOnDryRun' })],
    ['validating', 'lacks our annotation', metadata(() => ({ annotations: {} }))],
    [
      'validating',
      'has an annotation that looks like ours',
      metadata(({ annotations }) => ({
        annotations: { ...annotations, 'gmsa-operator.io/previous-ca-until': '2999-01-01' },
      })),
    ],
  ],
];

type Drift = readonly [RegistrationKind, string, Change | 'deleted'];

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('a webhook configuration that somebody else writes', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
  });

  afterAll(() => admission.stop());

  const client = () => admission.cluster.client;

  async function start(): Promise<OperatorReplica> {
    replicas = await admission.replicas();
    const replica = await replicas.startReplica();
    await admission.grant();
    return replica;
  }

  async function stop(): Promise<void> {
    await replicas.close();
    await admission.removeTraces();
  }

  async function registered(kind: RegistrationKind): Promise<Registration> {
    const registration = await readRegistration(client(), kind);
    if (registration === undefined) throw new Error(`there is no ${kind} configuration`);
    return registration;
  }

  /** Changes a configuration; how long the repair takes, as the watch tells of both, in milliseconds. */
  async function repairOf(kind: RegistrationKind, drift: Change | 'deleted'): Promise<number> {
    const wanted = fingerprintOf(kind, await registered(kind));
    const watch = await watchRegistration(client(), kind);
    if (drift === 'deleted') {
      await client().request({ method: 'DELETE', path: REGISTRATION_PATHS[kind] });
    } else await writeRegistration(client(), kind, drift, EDITOR);
    const tookMs = await waitFor('the repair', () => {
      const drifted = watch.states.find(({ fingerprint }) => fingerprint !== wanted);
      const restored = watch.states.at(-1);
      return drifted !== undefined && restored?.fingerprint === wanted
        ? restored.atMs - drifted.atMs
        : undefined;
    });
    await watch.stop();
    return tookMs;
  }

  describe.each(DRIFTS.map((drifts, i) => ({ drifts, term: i + 1 })))(
    'under leader $term',
    ({ drifts }) => {
      beforeAll(start);

      afterAll(stop);

      it.each(drifts)('%s: one that %s is put right within a second', async (kind, _, drift) => {
        const before = await registered(kind);
        expect(await repairOf(kind, drift)).toBeLessThan(REPAIRED_WITHIN_MS);
        expect(meaning(await registered(kind))).toEqual(meaning(before));
      });
    },
  );

  describe('under one more leader', () => {
    let replica: OperatorReplica;

    beforeAll(async () => {
      replica = await start();
    });

    afterAll(stop);

    it('keeps labels and annotations of others, and the Event names who changed it', async () => {
      const before = await registered('validating');
      const noted = metadata(({ labels, annotations }) => ({
        labels: { ...labels, team: 'blue' },
        annotations: { ...annotations, 'example.org/note': 'mine' },
      }));
      await writeRegistration(
        client(),
        'validating',
        ({ webhooks: wanted = [], ...live }) =>
          noted({
            ...live,
            webhooks: wanted.map((each) => ({ ...each, failurePolicy: 'Ignore' as const })),
          }),
        EDITOR,
      );
      const after = await waitFor('the repair', async () => {
        const now = await registered('validating');
        return fingerprintOf('validating', now) === fingerprintOf('validating', before) && now;
      });
      expect(after.metadata.labels).toMatchObject({ team: 'blue' });
      expect(after.metadata.annotations).toMatchObject({ 'example.org/note': 'mine' });
      const note = `ValidatingWebhookConfiguration gmsa-operator was changed by ${EDITOR} and restored`;
      expect(await eventNoted(note, after.metadata.uid)).toMatchObject({
        type: 'Warning',
        reason: 'DriftRepaired',
        regarding: { kind: 'ValidatingWebhookConfiguration', name: 'gmsa-operator' },
      });
      expect((await replica.log()).map(({ message }) => message)).toContain(note);
    });

    it('is told of by an Event where it was deleted', async () => {
      await client().request({ method: 'DELETE', path: REGISTRATION_PATHS.validating });
      const note = 'ValidatingWebhookConfiguration gmsa-operator was deleted and restored';
      const { uid } = await waitFor('the repair', async () => {
        return (await readRegistration(client(), 'validating'))?.metadata;
      });
      expect(await eventNoted(note, uid)).toMatchObject({ reason: 'DriftRepaired' });
    });

    it('is put right within a second while another replica does not answer', async () => {
      const { service } = admission;
      // It accepts connections and says nothing.
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, service.address, resolve));
      const connected = once(silent, 'connection');
      const { port } = silent.address() as AddressInfo;
      await service.setReplicas([replica.port, port].map((each) => ({ port: each, ready: true })));
      await writeRegistration(
        client(),
        'mutating',
        metadata(({ labels }) => ({ labels: { ...labels, wake: 'up' } })),
      );
      await connected;
      const drift = webhooks({ failurePolicy: 'Ignore' });
      expect(await repairOf('validating', drift)).toBeLessThan(REPAIRED_WITHIN_MS);
      await service.setReplicas([{ port: replica.port, ready: true }]);
      silent.close();
    });

    it('again and again is answered five times, then after 15 s, and the Event names the rival', async () => {
      const wanted = fingerprintOf('mutating', await registered('mutating'));
      const rival = 'rival-enforcer';
      const watch = await watchRegistration(client(), 'mutating');
      const rivalry = new AbortController();
      const fight = async (): Promise<void> => {
        while (!rivalry.signal.aborted) {
          // Whoever writes in between wins, and is answered the next time.
          await writeRegistration(
            client(),
            'mutating',
            webhooks({ failurePolicy: 'Ignore' }),
            rival,
          ).catch(() => undefined);
        }
      };
      const fighting = fight();
      const repairs = () => watch.states.filter(({ fingerprint }) => fingerprint === wanted);
      const last = await waitFor(
        'a repair that came late',
        () => {
          const [late, before] = repairs().toReversed();
          return late !== undefined &&
            before !== undefined &&
            late.atMs - before.atMs > WAIT_MS - REPAIRED_WITHIN_MS
            ? late
            : undefined;
        },
        { timeoutMs: 2 * WAIT_MS },
      );
      // One less for each try at which the rival was quicker.
      expect(repairs().indexOf(last)).toBeGreaterThan(0);
      expect(repairs().indexOf(last)).toBeLessThanOrEqual(FREE_REPAIRS);
      rivalry.abort();
      await fighting;
      await eventNoted(
        `MutatingWebhookConfiguration gmsa-operator was changed by ${rival} and restored`,
        (await registered('mutating')).metadata.uid,
      );
      await watch.stop();
    });
  });

  /** Resolves with the Event that says so. */
  async function eventNoted(note: string, about: string): Promise<Event> {
    return waitFor(`an Event: ${note}`, async () => {
      const { items } = await client().request<{ items: readonly Event[] }>({
        method: 'GET',
        path: EVENTS,
      });
      return items.find(({ note: told, regarding }) => told === note && regarding.uid === about);
    });
  }
});

interface Event {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
}

/** What of it has a meaning: everything but what the server counts and dates. */
function meaning(registration: Registration): unknown {
  const { labels, annotations, ownerReferences } = registration.metadata;
  return { webhooks: registration.webhooks, labels, annotations, ownerReferences };
}
