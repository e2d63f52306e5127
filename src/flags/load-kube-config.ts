// SPDX-License-Identifier: Apache-2.0
// Which cluster the operator works on: --kubeconfig, else the one whose pod this is, else $KUBECONFIG.
// There is no further default: an operator that took to a cluster because of a file in someone's home
// directory, or to localhost:8080, would be a surprise.
import type { KubeConfig } from '@kubernetes/client-node';
import type { Environment } from './flag.ts';
import { kubeConfigOfPod, missingInCluster } from './in-cluster-config.ts';
import { kubeConfigOfFiles, listedFiles } from './kube-config-files.ts';

/**
 * The kubeconfig to use.
 * @throws Error that says which file or variable is wrong, and how.
 */
export function loadKubeConfig({
  kubeconfig,
  env,
  root = '',
}: {
  /** The path that `--kubeconfig` names, where it is given. */
  readonly kubeconfig: string | undefined;
  readonly env: Environment;
  /** The root of the file system in which a pod finds its service account; for tests. */
  readonly root?: string;
}): KubeConfig {
  if (kubeconfig !== undefined) return kubeConfigOfFiles('--kubeconfig', [kubeconfig]);
  const missing = missingInCluster(env, root);
  if (missing === undefined) return kubeConfigOfPod(env, root);
  const files = listedFiles(env['KUBECONFIG']);
  if (files.length > 0) return kubeConfigOfFiles('KUBECONFIG', files);
  throw new Error(
    `cannot tell which cluster to work on: ${missing}, and neither --kubeconfig nor the environment variable KUBECONFIG is given`,
  );
}
