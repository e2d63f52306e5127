// SPDX-License-Identifier: Apache-2.0
// The connection to the cluster of the flags. Loaded only by commands that need one.
import type { Environment } from '../flags/flag.ts';
import { loadUserKubeConfig } from '../flags/load-user-kube-config.ts';
import { createKubeClient } from '../kube/client/client.ts';
import { CliError } from './cli-error.ts';
import type { Cluster, ClusterFlagValues } from './cluster.ts';

/** See `WithCluster`. */
export async function connect<T>(
  {
    flags: { kubeconfig, context, namespace },
    env,
    version,
  }: {
    readonly flags: ClusterFlagValues;
    readonly env: Environment;
    readonly version: string;
  },
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { client, ...cluster } = await open();
  try {
    return await use({ client, ...cluster });
  } finally {
    client.close();
  }

  async function open(): Promise<Cluster> {
    try {
      const { kubeConfig, ...found } = loadUserKubeConfig({ kubeconfig, context, env });
      return {
        client: await createKubeClient(kubeConfig, { userAgent: `kubectl-gmsa/${version}` }),
        kubeConfig,
        context: found.context,
        namespace: namespace ?? found.namespace ?? 'default',
      };
    } catch (error) {
      throw new CliError(error instanceof Error ? error.message : String(error), {
        hint: 'kubectl config view shows the kubeconfig; --kubeconfig and --context choose another',
        cause: error,
      });
    }
  }
}
