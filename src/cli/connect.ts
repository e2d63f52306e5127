// SPDX-License-Identifier: Apache-2.0
// The connection to the cluster of the flags. Loaded only by commands that need one.
import type { Environment } from '../flags/flag.ts';
import { loadUserKubeConfig } from '../flags/load-user-kube-config.ts';
import { createKubeClient } from '../kube/client/client.ts';
import { CredentialPluginError } from '../kube/client/credentials.ts';
import { CliError } from './cli-error.ts';
import type { Cluster, ClusterFlagValues } from './cluster.ts';
import type { TextOutput } from './io.ts';
import { REQUEST_VERBOSITY } from './kubectl-flags.ts';
import { withRequestTimeout } from './request-timeout.ts';

const VIEW_HINT =
  'kubectl config view shows the kubeconfig; --kubeconfig and --context choose another';

/** See `WithCluster`. */
export async function connect<T>(
  {
    flags: { namespace, verbosity, requestTimeout, ...chosen },
    env,
    stderr,
    version,
  }: {
    readonly flags: ClusterFlagValues;
    readonly env: Environment;
    readonly stderr: TextOutput;
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
      const { kubeConfig, ...found } = loadUserKubeConfig({ ...chosen, env });
      const client = await createKubeClient(kubeConfig, {
        userAgent: `kubectl-gmsa/${version}`,
        ...(verbosity < REQUEST_VERBOSITY
          ? {}
          : {
              observe: ({ method, host, path, code }) => {
                stderr.write(`${method} ${host}${path} ${code}\n`);
              },
            }),
      });
      return {
        client: withRequestTimeout(client, requestTimeout),
        kubeConfig,
        context: found.context,
        namespace: namespace ?? found.namespace ?? 'default',
      };
    } catch (error) {
      throw new CliError(error instanceof Error ? error.message : String(error), {
        hint: (error instanceof CredentialPluginError ? error.installHint : undefined) ?? VIEW_HINT,
        cause: error,
      });
    }
  }
}
