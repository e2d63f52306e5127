// SPDX-License-Identifier: Apache-2.0
// The cluster that a command works on, and the flags that say which.
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from '../kube/client/client.ts';
import { textFlag } from '../flags/flag-kinds.ts';
import type { FlagValues } from '../flags/flag.ts';
import { KUBECTL_FLAGS } from './kubectl-flags.ts';

const NAMESPACE = {
  name: 'namespace',
  short: 'n',
  value: 'name',
  completes: 'namespaces',
} as const;

/** The flags of commands that work in a namespace, named as kubectl names them. */
export const CLUSTER_FLAGS = {
  kubeconfig: textFlag({
    name: 'kubeconfig',
    value: 'file',
    completes: 'files',
    description: 'kubeconfig file to use (default: $KUBECONFIG, then ~/.kube/config)',
  }),
  context: textFlag({
    name: 'context',
    value: 'name',
    completes: 'contexts',
    description: "context of the kubeconfig to use (default: the kubeconfig's current one)",
  }),
  namespace: textFlag({
    ...NAMESPACE,
    description: "namespace of what is given without one (default: the context's)",
  }),
  ...KUBECTL_FLAGS,
} as const;

/** The flags of commands that are given service accounts: a grant is never in a namespace that was not written. */
export const GRANT_CLUSTER_FLAGS = {
  ...CLUSTER_FLAGS,
  namespace: textFlag({
    ...NAMESPACE,
    description: 'namespace of a service account that is given by its name alone (no default)',
  }),
} as const;

/** The flags of commands whose objects have no namespace; as in kubectl, one may be given and changes nothing. */
export const CLUSTER_SCOPED_FLAGS = {
  ...CLUSTER_FLAGS,
  namespace: textFlag({ ...NAMESPACE, hidden: true, description: 'is passed over' }),
} as const;

/** What they were given as. */
export type ClusterFlagValues = FlagValues<typeof CLUSTER_FLAGS>;

/** A cluster. */
export interface Cluster {
  readonly client: KubeClient;
  readonly kubeConfig: KubeConfig;
  /** `--namespace`, else that of the context, else `default`. */
  readonly namespace: string;
  /** Name of the context; undefined within a pod. */
  readonly context: string | undefined;
}

/**
 * Calls `use` with the cluster of the flags, and closes the connections to it afterwards.
 * @throws CliError where the kubeconfig is of no use; what `use` throws.
 */
export type WithCluster = <T>(
  flags: ClusterFlagValues,
  use: (cluster: Cluster) => Promise<T>,
) => Promise<T>;
