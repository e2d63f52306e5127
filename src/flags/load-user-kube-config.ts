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
import { kubeConfigOfFiles, kubeConfigOfFlags, listedFiles } from './kube-config-files.ts';
import { type KubeConfigOverrides, overrideKubeConfig } from './kube-config-overrides.ts';
import { asRequested } from './kube-config-requests.ts';

/** A kubeconfig, and what its context says. */
export interface UserKubeConfig {
  readonly kubeConfig: KubeConfig;
  /** Undefined in a pod. */
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

/**
 * The kubeconfig to use, as the flags of kubectl change it.
 * @throws Error that says which file or variable is wrong, and how.
 */
export function loadUserKubeConfig({
  kubeconfig,
  context,
  env,
  home = homedir(),
  root = '',
  ...overrides
}: KubeConfigOverrides & {
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
  const chosen = { context, ...overrides };
  if (kubeconfig !== undefined) return ofFiles('--kubeconfig', [kubeconfig], chosen);
  if (listed.length > 0) return ofFiles('KUBECONFIG', listed, chosen);
  if (existsSync(atHome)) return ofFiles('kubeconfig', [atHome], chosen);
  if (overrides.server !== undefined && context === undefined) {
    return {
      kubeConfig: kubeConfigOfFlags(overrides),
      context: undefined,
      namespace: undefined,
    };
  }
  const missing = missingInCluster(env, root);
  if (missing !== undefined || context !== undefined) {
    throw new Error(
      `cannot tell which cluster to work on: there is no ${atHome}, and neither --kubeconfig nor the environment variable KUBECONFIG is given`,
    );
  }
  return {
    kubeConfig: asRequested(overrideKubeConfig(kubeConfigOfPod(env, root), overrides)),
    context: undefined,
    namespace: readServiceAccountNamespace(root),
  };
}

function ofFiles(
  source: string,
  files: readonly string[],
  chosen: Parameters<typeof kubeConfigOfFiles>[2],
): UserKubeConfig {
  const kubeConfig = kubeConfigOfFiles(source, files, chosen);
  const name = kubeConfig.getCurrentContext();
  return { kubeConfig, context: name, namespace: kubeConfig.getContextObject(name)?.namespace };
}
