// SPDX-License-Identifier: Apache-2.0
// The plugin as its users run it: kubectl finds the program of dist/ on the PATH.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubectlResult } from './control-plane/cluster-access.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/** What a run of the plugin is given. */
export interface PluginOptions {
  readonly stdin?: string | Buffer;
  /** Another identity than the administrator's, e.g. from `serviceAccountKubeconfig`. */
  readonly kubeconfig?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `kubectl` with the plugin on the PATH; a non-zero exit code is a result, not an error. */
export type PluginKubectl = (
  args: readonly string[],
  options?: PluginOptions,
) => Promise<KubectlResult>;

/** kubectl of a control plane, which finds the plugin, and the plugin this Node. */
export function kubectlWithPlugin({
  kubectlPath,
  kubeconfigPath,
}: Pick<ControlPlane, 'kubeconfigPath' | 'kubectlPath'>): PluginKubectl {
  return (args, { stdin = '', kubeconfig = kubeconfigPath, env = {} } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(kubectlPath, args, {
        env: {
          PATH: [DIST, dirname(process.execPath), process.env['PATH']].join(delimiter),
          HOME: dirname(kubeconfigPath),
          KUBECONFIG: kubeconfig,
          KUBECACHEDIR: join(dirname(kubeconfigPath), 'kubectl-cache'),
          ...env,
        },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ stdout, stderr, code: code ?? 128 });
      });
      // It may end without having read all of it.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
}

/** `kubectl gmsa` with these words. */
export function pluginOf(
  controlPlane: Pick<ControlPlane, 'kubeconfigPath' | 'kubectlPath'>,
): PluginKubectl {
  const kubectl = kubectlWithPlugin(controlPlane);
  return (args, options) => kubectl(['gmsa', ...args], options);
}
