// SPDX-License-Identifier: Apache-2.0
// Tests against a cluster that is already there, by envtest's convention: USE_EXISTING_CLUSTER=true
// and the current context of $KUBECONFIG.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectlWith, writeServiceAccountKubeconfig } from './cluster-access.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import { openSupervisor } from './supervised.ts';

/** Why a test that stops the API server is skipped where `control` is `undefined`. */
export const NEEDS_OWN_API_SERVER =
  'needs an API server that it may stop; this one is an existing cluster (USE_EXISTING_CLUSTER)';

/** Whether tests are to run against an existing cluster: known before any test is. */
export function usesExistingCluster(): boolean {
  return process.env['USE_EXISTING_CLUSTER'] === 'true';
}

/**
 * The existing cluster where `USE_EXISTING_CLUSTER=true`: `control` is undefined, the options do
 * not apply, and `stop()` leaves it alone. Else a control plane of the caller's own.
 */
export function connectOrStartControlPlane(
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  return usesExistingCluster() ? connectToExistingCluster() : startControlPlane(options);
}

async function connectToExistingCluster(): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-'));
  // Here it only sees to it that no kubeconfig stays behind.
  const supervisor = openSupervisor(directory);
  try {
    // A copy of the one context: nobody switches clusters under a running test.
    const { stdout, stderr, code } = await kubectlWith(
      'kubectl',
      undefined,
      directory,
    )([...['config', 'view', '--minify', '--flatten', '--raw', '--output=json']]);
    if (code !== 0) {
      throw new Error(
        `USE_EXISTING_CLUSTER is set, but kubectl finds no cluster: ${stderr.trim()}. Set KUBECONFIG to a file with a current context`,
      );
    }
    const kubeconfigPath = join(directory, 'admin.kubeconfig');
    await writeFile(kubeconfigPath, stdout, { mode: 0o600 });

    const cluster = clusterOf(stdout);
    const kubectl = kubectlWith('kubectl', kubeconfigPath, directory);
    return {
      ...cluster,
      kubeconfigPath,
      kubectlPath: 'kubectl',
      kubectl,
      serviceAccountKubeconfig: (namespace, name) =>
        writeServiceAccountKubeconfig(kubectl, cluster, directory, namespace, name),
      control: undefined,
      stop: () => supervisor.close(),
    };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

function clusterOf(kubeconfig: string): { url: string; caData: string | undefined } {
  // As kubectl prints it: --minify leaves exactly one cluster.
  const { clusters } = JSON.parse(kubeconfig) as {
    readonly clusters: readonly [
      {
        readonly cluster: {
          readonly server: string;
          readonly 'certificate-authority-data'?: string;
        };
      },
    ];
  };
  const { server, 'certificate-authority-data': caData } = clusters[0].cluster;
  return { url: server, caData };
}
