// SPDX-License-Identifier: Apache-2.0
// Who spoils a configuration, and how often, is a matter of chance on a real API server; what is written there
// is in test/integration.
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import { createObjectCache } from '../../kube/informer/object-cache.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import { decodeFingerprinted } from '../../kube/managed-object.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { createConfigurationReconciler } from './configuration-reconciler.ts';
import { mutatingWebhookKind, validatingWebhookKind } from './webhook-configurations.ts';
import type { CachedConfiguration } from './webhook-informers.ts';

type ApiRequest = Parameters<KubeClient['request']>[0];

const FREE_REPAIRS = 5;

const SETTINGS = {
  target: { type: 'url', base: 'https://127.0.0.1:9443' },
  caBundle: 'PEM',
} as const;

const MUTATING = 'mutatingwebhookconfigurations';
const VALIDATING = 'validatingwebhookconfigurations';

function cacheOf(kind: typeof mutatingWebhookKind | typeof validatingWebhookKind) {
  const cache = createObjectCache<CachedConfiguration>();
  const fingerprinted = decodeFingerprinted(kind as typeof mutatingWebhookKind);
  const observe = (raw: RawObject): void => {
    cache.putSilently({ ...fingerprinted(raw), caBundles: [], annotations: {} });
  };
  return { ...cache, observe } as unknown as Informer<CachedConfiguration> & typeof cache;
}

/** A reconciler on a server that keeps what `stored` makes of each write. */
function setUp(stored: (body: object) => object = (body) => body) {
  const writes: string[] = [];
  const objects = new Map<string, object>();
  let version = 0;
  let refusal: ApiError | undefined;
  const mutating = cacheOf(mutatingWebhookKind);
  const validating = cacheOf(validatingWebhookKind);

  function store(plural: string, body: object): object {
    const resourceVersion = String(++version);
    const { metadata } = body as { readonly metadata: object };
    const object = { ...body, metadata: { ...metadata, uid: `uid-${plural}`, resourceVersion } };
    objects.set(plural, object);
    return object;
  }

  const client = {
    request: ({ method, path, body }: ApiRequest) => {
      const plural = path.split('/').at(-2) ?? '';
      const live = objects.get(plural);
      if (method === 'GET') {
        return live === undefined
          ? Promise.reject(new ApiError(method, 404, {}))
          : Promise.resolve(live);
      }
      writes.push(`${method} ${plural}`);
      return refusal === undefined
        ? Promise.resolve(store(plural, stored(body as object)))
        : Promise.reject(refusal);
    },
  } as unknown as KubeClient;
  const told: string[] = [];
  const log = createRecordingLogger();
  const reconciler = createConfigurationReconciler({
    client,
    informers: { mutating, validating },
    events: {
      record: ({ regarding, type, reason, note }: Parameters<EventRecorder['record']>[0]) => {
        told.push(`${regarding.uid}: ${type} ${reason} ${note}`);
      },
    } as EventRecorder,
    fieldManager: 'gmsa-operator',
    log,
  });
  return {
    reconciler,
    writes,
    told,
    log,
    /** As when somebody changes a configuration, and the watch tells of it. */
    edit: (plural: typeof MUTATING | typeof VALIDATING, change: object) => {
      const live = store(plural, { ...objects.get(plural), ...change });
      (plural === MUTATING ? mutating : validating).observe(live as unknown as RawObject);
    },
    refuse: (error: ApiError | undefined) => {
      refusal = error;
    },
  };
}

describe('the configuration reconciler', () => {
  it('creates the validating configuration before the mutating one, and tells of both', async () => {
    const { reconciler, writes, told } = setUp();
    expect(await reconciler.reconcile(SETTINGS, 'create')).toEqual({ againInMs: Infinity });
    expect(writes).toEqual([`PATCH ${VALIDATING}`, `PATCH ${MUTATING}`]);
    expect(told).toEqual([
      `uid-${VALIDATING}: Normal WebhookRegistered ValidatingWebhookConfiguration gmsa-operator was created`,
      `uid-${MUTATING}: Normal WebhookRegistered MutatingWebhookConfiguration gmsa-operator was created`,
    ]);
  });

  it('writes nothing that is as it must be', async () => {
    const { reconciler, writes, told } = setUp();
    await reconciler.reconcile(SETTINGS, 'create');
    await reconciler.reconcile(SETTINGS, 'create');
    expect(writes).toHaveLength(2);
    expect(told).toHaveLength(2);
  });

  it('creates nothing that it may only update', async () => {
    const { reconciler, writes } = setUp();
    await reconciler.reconcile(SETTINGS, 'update');
    expect(writes).toEqual([]);
  });

  it('changes what it wants to change without calling it a repair', async () => {
    const { reconciler, writes, told } = setUp();
    await reconciler.reconcile(SETTINGS, 'create');
    await reconciler.reconcile({ ...SETTINGS, caBundle: 'another' }, 'update');
    expect(writes.slice(2)).toEqual([`PUT ${VALIDATING}`, `PUT ${MUTATING}`]);
    expect(told).toHaveLength(2);
  });

  it('repairs what somebody changes again and again, until it has to wait', async () => {
    const { reconciler, writes, told, edit } = setUp();
    await reconciler.reconcile(SETTINGS, 'create');
    for (let i = 0; i < FREE_REPAIRS; i++) {
      edit(MUTATING, { webhooks: [] });
      expect(await reconciler.reconcile(SETTINGS, 'create')).toEqual({ againInMs: Infinity });
    }
    expect(writes.slice(2)).toEqual(Array.from({ length: FREE_REPAIRS }, () => `PUT ${MUTATING}`));
    expect(told.slice(2)).toEqual(
      Array.from(
        { length: FREE_REPAIRS },
        () =>
          `uid-${MUTATING}: Warning DriftRepaired MutatingWebhookConfiguration gmsa-operator was changed and restored`,
      ),
    );
    edit(MUTATING, { webhooks: [] });
    const { againInMs } = await reconciler.reconcile(SETTINGS, 'create');
    expect(againInMs).toBeGreaterThan(10_000);
    expect(writes).toHaveLength(2 + FREE_REPAIRS);
    edit(VALIDATING, { webhooks: [] });
    await reconciler.reconcile(SETTINGS, 'create');
    expect(writes.at(-1)).toBe(`PUT ${VALIDATING}`);
  });

  it('counts a rival that is always quicker', async () => {
    const { reconciler, edit, refuse, writes } = setUp();
    await reconciler.reconcile(SETTINGS, 'create');
    refuse(new ApiError('PUT', 409, { reason: 'Conflict' }));
    for (let i = 0; i < FREE_REPAIRS; i++) {
      edit(MUTATING, { webhooks: [] });
      await expect(reconciler.reconcile(SETTINGS, 'create')).rejects.toThrow('409');
    }
    const before = writes.length;
    edit(MUTATING, { webhooks: [] });
    const { againInMs } = await reconciler.reconcile(SETTINGS, 'create');
    expect(againInMs).toBeGreaterThan(10_000);
    expect(writes).toHaveLength(before);
  });

  it('tells when something changes a configuration as it is written, and does not go on for ever', async () => {
    const { reconciler, told, log, writes } = setUp((body) => ({ ...body, webhooks: [] }));
    let againInMs = 0;
    for (let i = 0; i < 2 * FREE_REPAIRS; i++) {
      ({ againInMs } = await reconciler.reconcile(SETTINGS, 'create'));
    }
    expect(againInMs).toBeGreaterThan(10_000);
    expect(writes.filter((write) => write.endsWith(MUTATING))).toHaveLength(FREE_REPAIRS);
    expect(told[0]).toContain('Warning AlteredOnWrite');
    expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { reason: 'AlteredOnWrite' } });
  });
});
