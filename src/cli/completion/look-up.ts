// SPDX-License-Identifier: Apache-2.0
// Finds in the cluster, and among files, what a completion offers. Whatever goes wrong, there is nothing to offer.
import { readdir } from 'node:fs/promises';
import { withTimeout } from '../../kube/wait/abort.ts';
import { systemClock } from '../../kube/wait/clock.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import { readFlags } from '../../flags/flag.ts';
import { CLUSTER_FLAGS, type Cluster, type WithCluster } from '../cluster.ts';
import { CREDSPECS } from '../credspecs.ts';
import {
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  SERVICE_ACCOUNTS,
  STATEFUL_SETS,
} from '../diagnose/resources.ts';
import type { Candidate, LookUp } from './complete.ts';

/** Beyond that the shell seems to hang. */
const TIMEOUT_MS = 2_000;

/** More than anybody looks through. */
const MAX_CANDIDATES = 500;

/** Looks in the cluster that the typed flags name. */
export function clusterLookUp(withCluster: WithCluster): LookUp {
  return async (completion, prefix, typed) => {
    const flags = readFlags(CLUSTER_FLAGS, typed);
    const local = completion === 'credspecs-and-files' ? await manifestFiles(prefix) : [];
    try {
      const found = await withTimeout({ clock: systemClock, ms: TIMEOUT_MS }, (signal) =>
        withCluster(flags, (cluster) =>
          find(completion, {
            prefix,
            cluster,
            signal,
            hasNamespace: flags.namespace !== undefined,
          }),
        ),
      );
      return [...found, ...local];
    } catch {
      return local;
    }
  };
}

interface Search {
  readonly prefix: string;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  /** Whether `--namespace` is typed. */
  readonly hasNamespace: boolean;
}

async function find(
  completion: Parameters<LookUp>[0],
  search: Search,
): Promise<readonly Candidate[]> {
  switch (completion) {
    case 'contexts':
      return search.cluster.kubeConfig.getContexts().map(({ name }) => ({ value: name }));
    case 'credspecs':
    case 'credspecs-and-files':
      return names(search, CREDSPECS);
    case 'namespaces':
      return names(search, NAMESPACES);
    case 'service-accounts':
      return serviceAccounts(search);
    case 'pods-and-workloads':
      return podsAndWorkloads(search);
  }
}

/** Namespaces first, then `namespace/name`; the name alone where the namespace is typed. */
async function serviceAccounts(search: Search): Promise<readonly Candidate[]> {
  const [namespace, name] = search.prefix.split('/', 2);
  if (search.hasNamespace) return names(search, SERVICE_ACCOUNTS, search.cluster.namespace);
  if (name === undefined || namespace === undefined) {
    return (await names(search, NAMESPACES)).map(({ value }) => ({ value: `${value}/` }));
  }
  const found = await names(search, SERVICE_ACCOUNTS, namespace);
  return [
    ...found.map(({ value }) => ({ value: `${namespace}/${value}` })),
    { value: `${namespace}/*`, description: 'every service account of the namespace' },
  ];
}

async function podsAndWorkloads(search: Search): Promise<readonly Candidate[]> {
  const { namespace } = search.cluster;
  const workload = WORKLOADS.find(({ kind }) => search.prefix.startsWith(`${kind.toLowerCase()}/`));
  if (workload !== undefined) {
    const found = await names(search, workload, namespace);
    return found.map(({ value }) => ({ value: `${workload.kind.toLowerCase()}/${value}` }));
  }
  const kinds = WORKLOADS.map(({ kind }) => ({ value: `${kind.toLowerCase()}/` }));
  return [...(await names(search, PODS, namespace)), ...kinds];
}

async function names(
  { cluster, signal }: Search,
  resource: Resource,
  namespace?: string,
): Promise<readonly Candidate[]> {
  const { items } = await cluster.client.request<ObjectList>({
    method: 'GET',
    path: resourcePath(resource, { namespace }),
    query: { limit: String(MAX_CANDIDATES) },
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    signal,
  });
  return items.map(({ metadata }) => ({ value: metadata.name }));
}

interface ObjectList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const WORKLOADS: readonly Resource[] = [DEPLOYMENTS, STATEFUL_SETS];

/**
 * Files that may hold credential specs; the shell offers files of its own only where there is nothing else.
 * Directories, YAML and JSON files that begin with `prefix`. Names that a shell would want quoted are left to it;
 * so is what cannot be read.
 */
export async function manifestFiles(prefix: string): Promise<readonly Candidate[]> {
  const [directory = ''] = /^.*\//.exec(prefix) ?? [];
  try {
    const entries = await readdir(directory === '' ? '.' : directory, { withFileTypes: true });
    return entries
      .filter(({ name }) => /^[\w.][\w.+-]*$/.test(name))
      .filter(({ name }) => !name.startsWith('.') || prefix.slice(directory.length).startsWith('.'))
      .flatMap((entry) => {
        const path = directory + entry.name;
        if (!path.startsWith(prefix)) return [];
        if (entry.isDirectory()) return [{ value: `${path}/` }];
        return /\.(ya?ml|json)$/i.test(path) ? [{ value: path }] : [];
      })
      .toSorted((a, b) => (a.value < b.value ? -1 : 1));
  } catch {
    return [];
  }
}
