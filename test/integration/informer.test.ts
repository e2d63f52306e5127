// SPDX-License-Identifier: Apache-2.0
// The informer on a real API server, through a proxy that gets in its way.
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
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from '../../src/kube/client/api-error.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import {
  createInformer,
  type Informer,
  type InformerOptions,
} from '../../src/kube/informer/informer.ts';
import type { KubeObject } from '../../src/kube/managed-object.ts';
import type { CachedObject, Change } from '../../src/kube/informer/object-cache.ts';
import { type Resource, resourcePath } from '../../src/kube/client/resource.ts';
import { createRecordingLogger } from '../../src/kube/testing/recording-logger.ts';
import type { RawObject } from '../../src/kube/informer/watch-events.ts';
import { NEEDS_OWN_API_SERVER } from '../support/control-plane/existing-cluster.ts';
import { established } from '../support/established.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

interface ConfigMap extends RawObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface CachedConfigMap extends CachedObject {
  readonly value: string | undefined;
}

let cluster: TestCluster;
let proxy: FaultProxy;
let client: KubeClient;
/** Every test has a namespace and a label of its own. */
let namespace: string;
let informers: { readonly stop: AbortController; readonly running: Promise<void> }[];

beforeAll(async () => {
  cluster = await startTestCluster({ crd: 'leave-out' });
  proxy = await startFaultProxy(
    cluster.controlPlane.kubeconfigPath,
    cluster.controlPlane.kubeconfigPath.replace(/\/[^/]*$/, ''),
  );
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(proxy.kubeconfigPath);
  client = await createKubeClient(kubeConfig, { userAgent: 'gmsa-operator-test' });
});

afterAll(async () => {
  client.close();
  await proxy.stop();
  await cluster.stop();
});

beforeEach(async () => {
  informers = [];
  namespace = await cluster.createNamespace('informer');
});

afterEach(async () => {
  for (const { stop } of informers) stop.abort();
  await Promise.all(informers.map(({ running }) => running));
});

/** A running informer, what it told, and what it asked the server. */
interface Watched<T extends CachedObject> {
  readonly informer: Informer<T>;
  readonly changes: Change<T>[];
  readonly log: ReturnType<typeof createRecordingLogger>;
  readonly requests: () => { lists: number; pages: number; watches: number };
}

function watch<T extends CachedObject>(
  options: Pick<InformerOptions<T>, 'decode' | 'resource'> & Partial<InformerOptions<T>>,
): Watched<T> {
  const log = createRecordingLogger();
  const informer = createInformer<T>({
    client,
    log,
    labelSelector: `test=${namespace}`,
    ...options,
    timing: { backoff: { baseMs: 10, maxMs: 200 }, ...options.timing },
  });
  const changes: Change<T>[] = [];
  informer.subscribe((change) => changes.push(change));
  const stop = new AbortController();
  informers.push({ stop, running: informer.run(stop.signal) });
  const first = proxy.requests.length;
  const ours = () =>
    proxy.requests
      .slice(first)
      .filter(({ url }) => url.startsWith(`${resourcePath(options.resource)}?`));
  return {
    informer,
    changes,
    log,
    requests: () => ({
      lists: ours().filter(({ url, isWatch }) => !isWatch && !url.includes('continue=')).length,
      pages: ours().filter(({ url, isWatch }) => !isWatch && url.includes('continue=')).length,
      watches: ours().filter(({ isWatch }) => isWatch).length,
    }),
  };
}

const watchConfigMaps = (options: Partial<InformerOptions<CachedConfigMap>> = {}) =>
  watch<CachedConfigMap>({
    resource: configMaps,
    decode: (raw) => ({ ...raw.metadata, value: (raw as ConfigMap).data?.['value'] }),
    ...options,
  });

/** Writes past the proxy, as others do. */
const put = (name: string, value = '') =>
  cluster.client.request<ConfigMap>({
    method: 'PATCH',
    path: resourcePath(configMaps, { namespace, name }),
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'test', force: 'true' },
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { test: namespace } },
      data: { value },
    },
  });

const remove = (name: string) =>
  cluster.client.request({
    method: 'DELETE',
    path: resourcePath(configMaps, { namespace, name }),
  });

async function putMany(names: readonly string[]): Promise<void> {
  const rest = names.values();
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      for (const name of rest) await put(name);
    }),
  );
}

/** Waits until the informer holds exactly what the server does. */
async function converged({ informer }: Watched<CachedConfigMap>): Promise<void> {
  const { items } = await cluster.client.request<{ items: ConfigMap[] }>({
    method: 'GET',
    path: resourcePath(configMaps, { namespace }),
    query: { labelSelector: `test=${namespace}` },
  });
  const expected = items.map(({ metadata, data }) => [
    metadata.name,
    metadata.uid,
    data?.['value'],
  ]);
  await waitFor('the informer to hold what the server does', () => {
    const held = [...informer.values()].map(({ name, uid, value }) => [name, uid, value]);
    return JSON.stringify(held.toSorted()) === JSON.stringify(expected.toSorted());
  });
}

const told = ({ changes }: Watched<CachedConfigMap>) =>
  changes.map(({ type, object, source }) => `${type} ${object.name} ${source}`);

it('lists 1,200 objects in three pages and then watches', async () => {
  const names = Array.from({ length: 1_200 }, (_, i) => `object-${String(i)}`);
  await putMany(names);
  const watched = watchConfigMaps();
  await watched.informer.synced;
  expect(watched.informer.size).toBe(1_200);
  await converged(watched);
  await put('object-1', 'changed');
  await converged(watched);
  // Told by the watch; until then, its request may still be on its way.
  expect(told(watched)).toHaveLength(1_201);
  expect(watched.requests()).toEqual({ lists: 1, pages: 2, watches: 1 });
});

it('misses nothing and tells nothing twice while its connection is cut over and over', async () => {
  const watched = watchConfigMaps();
  await watched.informer.synced;
  const names = Array.from({ length: 300 }, (_, i) => `object-${String(i)}`);
  const writing = putMany(names);
  let cuts = 0;
  const cutting = waitFor('fifteen cuts', async () => {
    const before = watched.informer.size;
    await waitFor('some events, as long as there are any to come', () => {
      const { size } = watched.informer;
      return size > before || size === names.length || cuts > 5;
    });
    cuts += proxy.cutWatches();
    return cuts >= 15;
  });
  await Promise.all([writing, cutting]);
  await converged(watched);
  const toldOf = told(watched).map((change) => change.replace(/ (list|watch)$/, ''));
  expect(toldOf.toSorted()).toEqual(names.map((name) => `added ${name}`).toSorted());
  const { lists, watches } = watched.requests();
  expect(watches).toBeGreaterThan(5);
  // Each cut is followed by a list.
  expect(lists).toBeGreaterThan(5);
});

it('notices that a connection is dead though nobody closed it', async () => {
  await put('stays');
  await put('goes');
  const watched = watchConfigMaps({ timing: { idleTimeoutMs: 1_500 } });
  await watched.informer.synced;
  await waitFor('the watch', () => watched.requests().watches === 1);
  await put('seen');
  await converged(watched);
  const thaw = proxy.freezeWatches();
  await remove('goes');
  await put('comes');
  await converged(watched);
  expect(told(watched).slice(-2).toSorted()).toEqual([
    expect.stringMatching(/^added comes/),
    expect.stringMatching(/^deleted goes/),
  ]);
  thaw();
  await put('after');
  await converged(watched);
  expect(watched.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

describe('an API server that restarts', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '(%s) is listed again as soon as it is back, for it might come back with an earlier history',
    async (signal) => {
      const { control } = cluster.controlPlane;
      if (control === undefined) {
        console.warn(NEEDS_OWN_API_SERVER);
        return;
      }
      await put('stays');
      await put('goes');
      const watched = watchConfigMaps();
      await watched.informer.synced;
      await waitFor('the watch', () => watched.requests().watches === 1);
      // Cut off, it cannot see what happens; and the restarted server does not remember it.
      const reconnect = proxy.spoil(() => ({ type: 'cut' }));
      proxy.cutWatches();
      await remove('goes');
      await put('comes');
      await control.stopApiServer(signal);
      const attempts = () => watched.requests().watches + watched.requests().lists;
      const refused = attempts();
      await waitFor('attempts in vain', () => attempts() > refused + 2);
      await control.startApiServer();
      reconnect();
      await converged(watched);
      expect(told(watched).slice(2).toSorted()).toEqual(['added comes list', 'deleted goes list']);
      await put('stays', 'changed');
      await converged(watched);
      expect(watched.informer.problem()).toBeUndefined();
    },
  );
});

it.each([
  ['410 to a watch', 410, true, 1],
  ['500 to a watch', 500, true, 1],
  ['500 to everything', 500, false, 1],
  ['429 to everything', 429, false, 0],
])('gets over %s', async (_, code, watchesOnly, lists) => {
  const watched = watchConfigMaps();
  await watched.informer.synced;
  await put('before');
  await converged(watched);
  const listsBefore = watched.requests().lists;
  const path = resourcePath(configMaps);
  const end = proxy.spoil(({ url, isWatch }) =>
    url.startsWith(path) && (isWatch || !watchesOnly) ? { type: 'answer', code } : undefined,
  );
  proxy.cutWatches();
  await remove('before');
  await put('after');
  await waitFor('the answer to be heard', () => {
    const problem = watched.informer.problem();
    return problem instanceof ApiError && problem.code === code;
  });
  end();
  await converged(watched);
  expect(watched.requests().lists - listsBefore).toBeGreaterThanOrEqual(lists);
  await waitFor('the problem to be over', () => watched.informer.problem() === undefined);
});

it('a metadata-only watch is sent no spec and no data, neither listed nor watched', async () => {
  const seen: (RawObject & { readonly kind?: string })[] = [];
  await put('listed', 'a secret');
  const watched = watch<CachedObject>({
    resource: configMaps,
    transfer: 'metadata',
    decode: (raw) => {
      seen.push(raw);
      return raw.metadata;
    },
  });
  await watched.informer.synced;
  await put('watched', 'a secret');
  await put('listed', 'another secret');
  await waitFor('both', () => watched.changes.length === 3);
  expect(seen.map(({ metadata }) => metadata.name)).toEqual(['listed', 'watched', 'listed']);
  expect(seen.map(({ kind }) => kind)).toEqual(Array(3).fill('PartialObjectMetadata'));
  // Managed fields tell the names of fields, never their values.
  expect(JSON.stringify(seen)).not.toContain('secret');
});

describe('a custom resource', () => {
  const plural = 'informerwidgets';
  const widgets: Resource = {
    group: 'test.gmsa-operator.io',
    version: 'v1',
    kind: 'InformerWidget',
    plural,
    namespaced: false,
  };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${widgets.group}` },
    spec: {
      group: widgets.group,
      scope: 'Cluster',
      names: { kind: widgets.kind, plural },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  };
  const widget = (): KubeObject => ({
    apiVersion: 'test.gmsa-operator.io/v1',
    kind: widgets.kind,
    metadata: { name: uniqueName('widget'), labels: { test: namespace } },
  });

  async function install(): Promise<void> {
    await cluster.apply(crd);
    await established(cluster.kubectl, [`crd/${crd.metadata.name}`]);
  }

  it('is waited for, seen when it is defined, gone when that is deleted, and back with it', async () => {
    const { informer, changes } = watch<CachedObject>({
      resource: widgets,
      decode: ({ metadata }) => metadata,
    });
    await waitFor('a problem', () => informer.problem() !== undefined);
    expect(informer.problem()).toMatchObject({ code: 404 });
    expect(informer.hasSynced()).toBe(false);
    await install();
    await informer.synced;
    await cluster.apply(widget(), widget());
    await waitFor('both', () => informer.size === 2);
    await cluster.kubectl('delete', 'crd', crd.metadata.name);
    await waitFor('none', () => informer.size === 0);
    await waitFor('a problem', () => informer.problem() !== undefined);
    await install();
    await cluster.apply(widget());
    await waitFor('the new one', () => informer.size === 1);
    expect(changes.map(({ type }) => type)).toEqual([
      'added',
      'added',
      'deleted',
      'deleted',
      'added',
    ]);
    await cluster.kubectl('delete', 'crd', crd.metadata.name);
  });
});
