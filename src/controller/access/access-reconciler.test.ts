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
import { type AccessOutcome, createAccessReconciler } from './access-reconciler.ts';
import { clusterRoleKind, desiredRoleBinding, roleBindingKind } from './rbac-objects.ts';

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
          metadata: { ...metadata, uid: `u${resourceVersion}`, resourceVersion },
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
  const reconciler = createAccessReconciler({
    client,
    clusterRoles: roles,
    roleBindings: bindings,
    namespaces: { get: () => ({ terminating: false }) },
  });
  return { reconciler, requests, bindings };
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
    const { reconciler, bindings } = setUp(({ method, body }) => {
      if (method !== 'DELETE') return body as object;
      throw new ApiError('DELETE', 403, {});
    });
    bindings.observe({
      ...desiredRoleBinding(credspec, grant('old')),
      metadata: {
        ...desiredRoleBinding(credspec, grant('old')).metadata,
        name: 'gmsa-operator:webapp1',
        uid: 'u1',
        resourceVersion: '1',
      },
    });
    const outcome = (await reconciler.reconcile(request(['new']))) as AccessOutcome;
    expect(outcome).toMatchObject({
      granted: [grant('new')],
      stillBound: ['old'],
      failures: [{ type: 'Forbidden' }],
    });
  });
});
