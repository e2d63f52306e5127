// SPDX-License-Identifier: Apache-2.0
// Managed objects on a real API server, written by the operator's own service account.
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
import { clusterRoleKind, roleBindingKind } from '../../src/controller/access/rbac-kinds.ts';
import {
  desiredClusterRole,
  desiredRoleBinding,
  isOurs,
  type RoleBinding,
} from '../../src/controller/access/rbac-objects.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import { createInformer, type Informer } from '../../src/kube/informer/informer.ts';
import { ensureObject } from '../../src/kube/ensure-object.ts';
import {
  decodeFingerprinted,
  type Fingerprinted,
  type ManagedObjectContext,
} from '../../src/kube/managed-object.ts';
import { removeObject } from '../../src/kube/remove-object.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import { createRecordingLogger } from '../../src/kube/testing/recording-logger.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import {
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

/** One of several operators: a client, a cache and a context each. */
interface Writer {
  readonly client: KubeClient;
  readonly informer: Informer<Fingerprinted>;
  readonly context: ManagedObjectContext<RoleBinding>;
}

let cluster: TestCluster;
let proxy: FaultProxy;
let writer: Writer;
const stops: (() => Promise<void>)[] = [];
let namespace: string;
let credspec: { readonly name: string; readonly uid: string };
let path: string;

async function startWriter(): Promise<Writer> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(proxy.kubeconfigPath);
  const client = await createKubeClient(kubeConfig, { userAgent: 'gmsa-operator-test' });
  const informer = createInformer({
    client,
    resource: roleBindingKind.resource,
    labelSelector: 'app.kubernetes.io/managed-by=gmsa-operator',
    decode: decodeFingerprinted(roleBindingKind),
    log: createRecordingLogger(),
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  stops.push(async () => {
    stop.abort();
    await running;
    client.close();
  });
  await informer.synced;
  return {
    client,
    informer,
    context: { client, kind: roleBindingKind, informer, fieldManager: 'gmsa-operator' },
  };
}

beforeAll(async () => {
  cluster = await startTestCluster();
  const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  proxy = await startFaultProxy(kubeconfig, kubeconfig.replace(/\/[^/]*$/, ''));
  writer = await startWriter();
});

afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await proxy.stop();
  await cluster.stop();
});

beforeEach(async () => {
  namespace = await cluster.createNamespace('managed');
  credspec = { name: uniqueName('webapp'), uid: crypto.randomUUID() };
  path = roleBindingPath(namespace, credspec.name);
  // The API server lets nobody bind a role that is not there.
  await writer.client.request({
    method: 'POST',
    path: resourcePath(clusterRoleKind.resource),
    body: desiredClusterRole(credspec),
  });
});

afterEach(async () => {
  await cluster.kubectl('delete', 'clusterrole', `gmsa-operator:${credspec.name}`);
});

const key = () => `${namespace}/gmsa-operator:${credspec.name}`;
const desired = (...serviceAccounts: string[]) =>
  desiredRoleBinding(credspec, { namespace, serviceAccounts, allServiceAccounts: false });
const ours = { isOurs: (live: RoleBinding) => isOurs(live, credspec.uid) };
const ensure = (object = desired('web'), { context } = writer) =>
  ensureObject(context, object, ours);
const live = () => cluster.get<RoleBinding>(path);

async function edit(patch: unknown): Promise<void> {
  await cluster.client.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    query: { fieldManager: 'kubectl-edit' },
    body: patch,
  });
}

/** What the cache holds of the object, once it is what the server holds. */
async function cached({ informer } = writer): Promise<Fingerprinted> {
  const now = await live();
  return waitFor('the cache to be as the server is', () => {
    const object = informer.get(key());
    return object?.resourceVersion === now?.metadata.resourceVersion ? object : undefined;
  });
}

async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const start = proxy.requests.length;
  await work();
  return proxy.requests
    .slice(start)
    .filter(({ isWatch }) => !isWatch)
    .map(({ method }) => method);
}

describe('ensuring', () => {
  it('creates an object with one request, and then needs none', async () => {
    expect(await requestsOf(() => ensure())).toEqual(['POST']);
    expect(await live()).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'web', namespace }],
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'gmsa-operator' } },
    });
    await cached();
    expect(await requestsOf(() => ensure())).toEqual([]);
  });

  it('mends an object, and leaves what others have written beside it', async () => {
    await ensure();
    const { uid } = (await live())?.metadata ?? {};
    await edit({
      metadata: {
        labels: { team: 'blue', 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' },
        annotations: { 'example.com/note': 'keep me' },
      },
      subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace }],
    });
    await cached();
    expect(await ensure()).toEqual({ type: 'repaired', by: 'kubectl-edit' });
    const { metadata, subjects } = (await live()) ?? {};
    expect(subjects?.map(({ name }) => name)).toEqual(['web']);
    expect(metadata).toMatchObject({
      uid,
      labels: { team: 'blue', 'app.kubernetes.io/managed-by': 'gmsa-operator' },
      annotations: { 'example.com/note': 'keep me', 'gmsa-operator.io/credspec': credspec.name },
    });
    expect(metadata?.labels).not.toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-admin']);
    expect(await requestsOf(() => ensure())).toEqual([]);
  });

  it('does not touch an object of the same name that is not ours', async () => {
    const { metadata, ...rest } = desired('somebody');
    await cluster.apply({ ...rest, metadata: { name: metadata.name, namespace } });
    const before = await live();
    expect(await ensure()).toEqual({ type: 'foreign' });
    expect(await ensureObject(writer.context, desired('web'), { ...ours, begin: 'read' })).toEqual({
      type: 'foreign',
    });
    expect(await live()).toEqual(before);
  });

  it('finds an object of ours that has lost its label, which the cache cannot see', async () => {
    await ensure();
    await edit({ metadata: { labels: null } });
    await waitFor('the cache to lose it', () => writer.informer.get(key()) === undefined);
    // What is taken away has no field manager.
    expect(await ensure()).toEqual({ type: 'repaired', by: undefined });
    expect((await live())?.metadata.labels).toEqual(desired().metadata.labels);
  });

  it('tells its own earlier write from an edit, however often somebody writes beside it', async () => {
    await ensure();
    await edit({ metadata: { labels: { team: 'blue' }, annotations: { note: 'kept' } } });
    await cached();
    expect(await ensure(desired('api', 'web'))).toEqual({ type: 'updated' });
    await edit({ subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace }] });
    await cached();
    expect(await ensure(desired('web'))).toEqual({ type: 'repaired', by: 'kubectl-edit' });
    expect(await ensure(desired('api'))).toEqual({ type: 'updated' });
  });

  it('takes the owner of an earlier credspec for its own write', async () => {
    await ensure();
    credspec = { ...credspec, uid: crypto.randomUUID() };
    expect(await ensure()).toEqual({ type: 'updated' });
  });

  it('replaces an object whose roleRef is another, for that cannot be changed', async () => {
    const wrong = desired('web');
    await cluster.apply({ ...wrong, roleRef: { ...wrong.roleRef, name: 'gmsa-operator' } });
    const before = await live();
    await cached();
    expect(await ensure()).toMatchObject({ type: 'repaired' });
    const after = await live();
    expect(after?.roleRef.name).toBe(`gmsa-operator:${credspec.name}`);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await requestsOf(() => ensure())).toEqual([]);
  });

  it('ends with one object where the answer to its creation was lost', async () => {
    const lost: KubeClient = {
      ...writer.client,
      async request<T>(request: Parameters<KubeClient['request']>[0]): Promise<T> {
        await writer.client.request(request);
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      },
    };
    const context = { ...writer.context, client: lost };
    await expect(ensureObject(context, desired('web'), ours)).rejects.toThrow('ECONNRESET');
    const before = await live();
    expect(before?.metadata.uid).toBeDefined();
    expect(await ensure()).toEqual({ type: 'unchanged' });
    expect(await live()).toEqual(before);
  });

  it('tells a namespace that is missing from one that is going', async () => {
    const kindOf = async (ensuring: Promise<unknown>) =>
      classifyError(await ensuring.catch((error: unknown) => error));
    await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
    expect(await kindOf(ensure())).toBe('terminating');
    namespace = uniqueName('missing');
    expect(await kindOf(ensure())).toBe('not-found');
  });
});

describe('several writers at once', () => {
  it('end with one object that one of them created', async () => {
    const others = await Promise.all([startWriter(), startWriter(), startWriter()]);
    const results = await Promise.all([writer, ...others].map((each) => ensure(undefined, each)));
    expect(results.map(({ type }) => type).toSorted()).toEqual([
      'created',
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
  });

  it('take nothing from each other: a repair keeps what somebody else is writing meanwhile', async () => {
    await ensure();
    const notes = Array.from({ length: 40 }, (_, i) => `example.com/note-${String(i)}`);
    const annotating = (async () => {
      for (const note of notes) await edit({ metadata: { annotations: { [note]: 'keep me' } } });
    })();
    let repairs = 0;
    for (let i = 0; i < 15; i++) {
      await edit({ subjects: [] });
      // It may be outrun five times in a row; the work queue would bring it back.
      const result = await ensure().catch(() => undefined);
      if (result?.type === 'repaired') repairs++;
    }
    await annotating;
    await cached();
    await ensure();
    const { metadata, subjects } = (await live()) ?? {};
    expect(Object.keys(metadata?.annotations ?? {})).toEqual(expect.arrayContaining(notes));
    expect(subjects?.map(({ name }) => name)).toEqual(['web']);
    expect(repairs).toBeGreaterThan(0);
  });
});

describe('removing', () => {
  it('deletes what was compared', async () => {
    await ensure();
    expect(await removeObject(writer.context, await cached(), ours)).toEqual({ type: 'removed' });
    expect(await live()).toBeUndefined();
    expect(writer.informer.get(key())).toBeUndefined();
  });

  it('deletes what was edited since, for it still is ours', async () => {
    await ensure();
    const compared = await cached();
    await edit({ subjects: [] });
    expect(await removeObject(writer.context, compared, ours)).toEqual({
      type: 'purged',
      by: undefined,
    });
    expect(await live()).toBeUndefined();
  });

  it('says who wrote what it removes', async () => {
    await ensure();
    await edit({ subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace }] });
    expect(await removeObject(writer.context, await cached(), ours)).toEqual({
      type: 'purged',
      by: 'kubectl-edit',
    });
  });

  it('leaves what somebody has taken over since', async () => {
    await ensure();
    const compared = await cached();
    await edit({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'helm' }, ownerReferences: [] },
    });
    const before = await live();
    expect(await removeObject(writer.context, compared, ours)).toEqual({ type: 'foreign' });
    expect(await live()).toEqual(before);
  });

  it('leaves what somebody has made anew under its name', async () => {
    await ensure();
    const compared = await cached();
    await cluster.kubectl(
      'delete',
      'rolebinding',
      `gmsa-operator:${credspec.name}`,
      '-n',
      namespace,
    );
    const { metadata, ...rest } = desired('somebody');
    await cluster.apply({ ...rest, metadata: { name: metadata.name, namespace } });
    const before = await live();
    expect(await removeObject(writer.context, compared, ours)).toEqual({ type: 'foreign' });
    expect(await live()).toEqual(before);
  });

  it('takes access away though a finalizer would keep the object', async () => {
    await ensure();
    await waitFor('the access', () => cluster.canUse(credspec.name, `${namespace}/web`));
    await edit({ metadata: { finalizers: ['example.com/stay'] } });
    expect(await removeObject(writer.context, await cached(), ours)).toEqual({ type: 'removed' });
    expect(await live()).toBeUndefined();
    await waitFor(
      'the access to go',
      async () => !(await cluster.canUse(credspec.name, `${namespace}/web`)),
    );
  });
});
