// SPDX-License-Identifier: Apache-2.0
// The operator's views of the cluster: what is watched, and what of it is kept. No watch on pods or
// Secrets, and of namespaces only the metadata.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../api/credspec.ts';
import { ApiError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { createInformer, type Informer } from '../kube/informer/informer.ts';
import type { Logger } from '../kube/logger.ts';
import { decodeFingerprinted, type Fingerprinted } from '../kube/managed-object.ts';
import type { CachedObject } from '../kube/informer/object-cache.ts';
import type { RawObject } from '../kube/informer/watch-events.ts';
import { clusterRoleKind, roleBindingKind } from './access/rbac-kinds.ts';
import {
  type CachedCredspec,
  credspecResource,
  decodeCredspec,
  decodeCredspecWithContents,
} from './cached-credspec.ts';

/** A namespace, as far as it matters here. */
export interface CachedNamespace extends CachedObject {
  readonly terminating: boolean;
}

/** The views, and how they are. */
export interface Informers {
  readonly credspecs: Informer<CachedCredspec>;
  readonly namespaces: Informer<CachedNamespace>;
  readonly clusterRoles: Informer<Fingerprinted>;
  readonly roleBindings: Informer<Fingerprinted>;
  /** Resolves when each has its first complete list. */
  readonly synced: Promise<unknown>;
  /** Each by name, with what keeps it from its first list, in words; `undefined` where nothing does. */
  notSynced(): Readonly<Record<string, string | undefined>>;
  /**
   * Lists the credspecs again if the list is not of just now, so that a new leader does not grant
   * what the old one revoked. Tried until it succeeds or `signal` is aborted.
   */
  freshen(signal: AbortSignal): Promise<void>;
  /** Lists and watches until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** A list this young, in milliseconds, is as good as a new one. */
const FRESH_MS = 2_000;

/** A credspec may be as large as an object can be (1.5 MiB), and a page is in memory at once. */
const CREDSPEC_PAGE_SIZE = 100;

/** The informers of the access controller. */
export function createInformers(context: {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Whether credspecs are kept with their contents, which admission needs. */
  readonly contents: 'dropped' | 'kept';
}): Informers {
  const managed = { ...context, labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}` };
  const informers = {
    credspecs: createInformer({
      ...context,
      resource: credspecResource,
      decode: context.contents === 'kept' ? decodeCredspecWithContents : decodeCredspec,
      pageSize: CREDSPEC_PAGE_SIZE,
    }),
    namespaces: createInformer({
      ...context,
      resource: {
        group: '',
        version: 'v1',
        kind: 'Namespace',
        plural: 'namespaces',
        namespaced: false,
      },
      transfer: 'metadata',
      decode: decodeNamespace,
    }),
    clusterRoles: createInformer({
      ...managed,
      resource: clusterRoleKind.resource,
      decode: decodeFingerprinted(clusterRoleKind),
    }),
    roleBindings: createInformer({
      ...managed,
      resource: roleBindingKind.resource,
      decode: decodeFingerprinted(roleBindingKind),
    }),
  };
  const all = Object.entries(informers);
  return {
    ...informers,
    synced: Promise.all(all.map(([, informer]) => informer.synced)),
    notSynced: () =>
      Object.fromEntries(
        all.map(([name, informer]) => [
          name,
          informer.hasSynced() ? undefined : waitingFor(name, informer.problem()),
        ]),
      ),
    freshen: (signal) => informers.credspecs.freshen(FRESH_MS, signal),
    run: async (signal) => {
      await Promise.all(all.map(([, informer]) => informer.run(signal)));
    },
  };
}

function waitingFor(name: string, problem: unknown): string {
  if (problem instanceof ApiError && problem.code === 404 && name === 'credspecs') {
    return 'waiting for the CustomResourceDefinition gmsacredentialspecs.windows.k8s.io: it is not installed (kubectl apply -f crds/)';
  }
  if (problem instanceof ApiError && problem.code === 403) {
    return `the operator's service account may not list them: ${problem.status.message ?? ''}`;
  }
  return problem instanceof Error ? problem.message : 'waiting for the first list';
}

function decodeNamespace({ metadata }: RawObject): CachedNamespace {
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    terminating: 'deletionTimestamp' in metadata,
  };
}
