// SPDX-License-Identifier: Apache-2.0
// What an access reconciler does when things go wrong halfway; that it does its work is shown on a
// real API server (test/integration/access.test.ts).
import { describe, expect, it } from '@jest/globals';
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import { ApiError } from '../../kube/client/api-error.ts';
import type { ApiRequest, KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import { decodeFingerprinted, type Fingerprinted } from '../../kube/managed-object.ts';
import { createObjectCache } from '../../kube/informer/object-cache.ts';
import type { AccessOutcome } from './access-outcome.ts';
import { createAccessReconciler } from './access-reconciler.ts';
import { createBindingSet } from './binding-set.ts';
import { clusterRoleKind, roleBindingKind } from './rbac-kinds.ts';
import { desiredRoleBinding } from './rbac-objects.ts';

const credspec = { name: 'webapp1', uid: 'uid-1' };
const grant = (namespace: string): NamespaceGrant => ({
  namespace,
  serviceAccounts: ['web'],
  allServiceAccounts: false,
});

/** A reconciler on a server that answers writes as told; caches hold what was written. */
function setUp(answer: (request: ApiRequest) => object = (request) => request.body as object) {
  const requests: ApiRequest[] = [];
  let version = 1;
  const client: KubeClient = {
    request<T>(request: ApiRequest): Promise<T> {
      requests.push(request);
      return Promise.resolve().then(() => {
        const { metadata, ...rest } = { metadata: {}, ...answer(request) };
        const resourceVersion = String(++version);
        return {
          ...rest,
          metadata: { ...metadata, uid: 'u', resourceVersion },
        } as T;
      });
    },
    watch: () => {
      throw new Error('not watched here');
    },
    close: () => undefined,
  };
  const roles = cacheOf(clusterRoleKind);
  const bindings = cacheOf(roleBindingKind);
  const strays = createBindingSet();
  const reconciler = createAccessReconciler({
    client,
    clusterRoles: roles,
    roleBindings: bindings,
    namespaces: { get: () => ({ terminating: false }) },
    strays,
  });
  return { reconciler, requests, bindings, strays };
}

function cacheOf(kind: typeof clusterRoleKind | typeof roleBindingKind): Informer<Fingerprinted> {
  const cache = createObjectCache<Fingerprinted>();
  const decode = decodeFingerprinted(kind as typeof clusterRoleKind);
  return {
    ...cache,
    get size() {
      return cache.size;
    },
    synced: Promise.resolve(),
    hasSynced: () => true,
    problem: () => undefined,
    observe: (raw) => {
      cache.putSilently(decode(raw));
    },
    observeDeleted: (object) => {
      cache.deleteSilently(object);
    },
    freshen: () => Promise.resolve(),
    run: () => Promise.resolve(),
  };
}

const request = (namespaces: readonly string[], more: object = {}) => ({
  credspec,
  grants: namespaces.map(grant),
  boundBefore: [],
  isCurrent: () => true,
  ...more,
});

const writes = (requests: readonly ApiRequest[]) =>
  requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe('the access reconciler', () => {
  it('grants nothing more once the credspec asks for something else', async () => {
    const { reconciler, requests } = setUp();
    let asked = 0;
    const isCurrent = (): boolean => ++asked <= 2;
    const namespaces = ['a', 'b', 'c', 'd', 'e'];
    expect(await reconciler.reconcile(request(namespaces, { isCurrent }))).toBe('superseded');
    expect(writes(requests)).toHaveLength(3);
  });

  it('does not go on against an API server that fails', async () => {
    const { reconciler, requests } = setUp(({ path, body }) => {
      if (!path.includes('/b/')) return body as object;
      throw new ApiError('POST', 503, {});
    });
    const outcome = (await reconciler.reconcile(request(['a', 'b', 'c', 'd']))) as AccessOutcome;
    expect(outcome.failures).toMatchObject([{ type: 'WriteFailed', transient: true }]);
    expect(writes(requests).filter((write) => write.includes('/c/'))).toEqual([]);
  });

  it('tells that something changes objects as they are written', async () => {
    const { reconciler } = setUp(({ body }) => ({ ...(body as object), subjects: [] }));
    const outcome = (await reconciler.reconcile(request(['a']))) as AccessOutcome;
    expect(outcome.failures).toMatchObject([{ type: 'WriteFailed', transient: false }]);
    expect(outcome.failures[0]?.message).toContain('mutating webhooks');
    expect(outcome.granted).toEqual([]);
    expect(outcome.stillBound).toEqual(['a']);
  });

  it('does not call revoked what it could not revoke', async () => {
    const old = desiredRoleBinding(credspec, grant('old'));
    const { reconciler, bindings } = setUp(({ method, body }) => {
      if (method === 'GET') return old;
      if (method !== 'DELETE') return body as object;
      throw new ApiError('DELETE', 403, {});
    });
    bindings.observe({ ...old, metadata: { ...old.metadata, uid: 'u', resourceVersion: '1' } });
    const outcome = (await reconciler.reconcile(request(['new']))) as AccessOutcome;
    expect(outcome).toMatchObject({
      granted: [grant('new')],
      stillBound: ['old'],
      failures: [{ type: 'Forbidden' }],
    });
  });

  /** A reconciler whose caches show a binding in `a` that the API server says is not there, and one in `b`. */
  function withOneInDoubt() {
    const old = ['a', 'b'].map((namespace) => desiredRoleBinding(credspec, grant(namespace)));
    const set = setUp(({ method, path, body }) => {
      const isOld = old.find(({ metadata: { namespace } }) => path.includes(`/${namespace}/`));
      if (path.includes('/a/')) throw new ApiError(method, 404, { reason: 'NotFound' });
      return method === 'GET' && isOld !== undefined ? isOld : (body as object);
    });
    for (const each of old) {
      const metadata = { ...each.metadata, uid: 'u', resourceVersion: '1' };
      set.bindings.observe({ ...each, metadata });
    }
    return set;
  }

  it('is held up by no binding of which it is not certain whether it has gone', async () => {
    const { reconciler, bindings } = withOneInDoubt();
    const outcome = (await reconciler.reconcile(request(['c']))) as AccessOutcome;
    expect(outcome).toMatchObject({
      granted: [grant('c')],
      stillBound: ['a'],
      failures: [{ type: 'WriteFailed', transient: true }],
    });
    expect(outcome.failures[0]?.message).toContain('RoleBinding a/gmsa-operator:webapp1');
    expect(bindings.get('b/gmsa-operator:webapp1')).toBeUndefined();
  });

  it('removes all the rest, too, when the credspec goes, and comes back for it', async () => {
    const { reconciler, bindings } = withOneInDoubt();
    await expect(reconciler.revokeAll(credspec.name, credspec.uid)).rejects.toThrow(
      'RoleBinding a/gmsa-operator:webapp1 is to be removed',
    );
    expect(bindings.get('b/gmsa-operator:webapp1')).toBeUndefined();
    bindings.observeDeleted({
      name: 'gmsa-operator:webapp1',
      namespace: 'a',
      uid: 'u',
      resourceVersion: '9',
    });
    await expect(reconciler.revokeAll(credspec.name, credspec.uid)).resolves.toBeUndefined();
  });

  it('reads a binding that no cache shows, and remembers it for as long as it is there', async () => {
    const stray = { name: 'gmsa-operator:webapp1', namespace: 'old' };
    const binding = desiredRoleBinding(credspec, grant('old'));
    let isRefused = true;
    const { reconciler, strays } = setUp(({ method, body }) => {
      if (method === 'GET') return binding;
      if (method === 'DELETE' && isRefused) throw new ApiError('DELETE', 403, {});
      return body as object;
    });
    strays.add(stray);
    expect(await reconciler.reconcile(request([]))).toMatchObject({
      stillBound: ['old'],
      failures: [{ type: 'Forbidden' }],
    });
    isRefused = false;
    expect(await reconciler.reconcile(request([]))).toMatchObject({ stillBound: [], failures: [] });
    expect(strays.namespaces(stray.name)).toEqual([]);
  });

  it('tells what somebody else deleted from what it removed itself', async () => {
    const binding = desiredRoleBinding(credspec, grant('a'));
    const { reconciler } = setUp(({ method, body }) =>
      method === 'GET' ? binding : (body as object),
    );
    const created = async (namespaces: readonly string[], boundBefore: readonly string[]) => {
      const outcome = await reconciler.reconcile(request(namespaces, { boundBefore }));
      return (outcome as AccessOutcome).created.filter((what) => what.startsWith('RoleBinding'));
    };
    expect(await created(['a'], [])).toEqual(['RoleBinding a/gmsa-operator:webapp1']);
    // Removed and granted again before the status told of it.
    expect(await created([], ['a'])).toEqual([]);
    expect(await created(['a'], ['a'])).toEqual([]);
    // Removed, and the status told of it.
    expect(await created([], ['a'])).toEqual([]);
    expect(await created([], [])).toEqual([]);
    expect(await created(['a'], [])).toEqual(['RoleBinding a/gmsa-operator:webapp1']);
  });
});
