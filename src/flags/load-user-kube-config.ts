// SPDX-License-Identifier: Apache-2.0
// Which cluster a person works on, in the order of kubectl: --kubeconfig, $KUBECONFIG, the file in the
// home directory, the cluster whose pod this is.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Environment } from './flag.ts';
import {
  kubeConfigOfPod,
  missingInCluster,
  readServiceAccountNamespace,
} from './in-cluster-config.ts';
import { kubeConfigOfFiles, listedFiles } from './kube-config-files.ts';

/** A kubeconfig, and what its context says. */
export interface UserKubeConfig {
  readonly kubeConfig: KubeConfig;
  /** Undefined in a pod. */
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

/**
 * The kubeconfig to use.
 * @throws Error that says which file or variable is wrong, and how.
 */
export function loadUserKubeConfig({
  kubeconfig,
  context,
  env,
  home = homedir(),
  root = '',
}: {
  /** What `--kubeconfig` and `--context` name, where they are given. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: Environment;
  readonly home?: string;
  /** The root of the file system in which a pod finds its service account; for tests. */
  readonly root?: string;
}): UserKubeConfig {
  const listed = listedFiles(env['KUBECONFIG']);
  const atHome = join(home, '.kube', 'config');
  if (kubeconfig !== undefined) return ofFiles('--kubeconfig', [kubeconfig], context);
  if (listed.length > 0) return ofFiles('KUBECONFIG', listed, context);
  if (existsSync(atHome)) return ofFiles('kubeconfig', [atHome], context);
  const missing = missingInCluster(env, root);
  if (missing !== undefined || context !== undefined) {
    throw new Error(
      `cannot tell which cluster to work on: there is no ${atHome}, and neither --kubeconfig nor the environment variable KUBECONFIG is given`,
    );
  }
  return {
    kubeConfig: kubeConfigOfPod(env, root),
    context: undefined,
    namespace: readServiceAccountNamespace(root),
  };
}

function ofFiles(
  source: string,
  files: readonly string[],
  context: string | undefined,
): UserKubeConfig {
  const kubeConfig = kubeConfigOfFiles(source, files, context);
  const name = kubeConfig.getCurrentContext();
  return { kubeConfig, context: name, namespace: kubeConfig.getContextObject(name)?.namespace };
}
