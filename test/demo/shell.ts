// SPDX-License-Identifier: Apache-2.0
// Runs the demo's commands by a shell, so that what is printed is what is run.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

/** What a command printed, stdout and stderr as they came, and its exit code. */
export interface CommandResult {
  readonly output: string;
  readonly code: number;
}

/** kubectl's warning on every question about the use of a credspec; the story tells of it once. */
const NOT_NAMESPACED = /^Warning: resource 'gmsacredentialspecs' is not namespace scoped.*\n\n?/gm;

/** Runs a command line. */
export type Shell = (command: string) => Promise<CommandResult>;

/**
 * A shell in which `kubectl` is the control plane's own, with its administrator's kubeconfig.
 * `directory` takes kubectl's cache, so that nothing is left in the user's home.
 */
export function createShell({
  kubectlPath,
  kubeconfigPath,
  directory,
  workingDirectory,
}: {
  readonly kubectlPath: string;
  readonly kubeconfigPath: string;
  readonly directory: string;
  readonly workingDirectory: string;
}): Shell {
  const env = {
    ...process.env,
    PATH: [dirname(kubectlPath), process.env['PATH']].join(delimiter),
    KUBECONFIG: kubeconfigPath,
    KUBECACHEDIR: join(directory, 'kubectl-cache'),
  };
  return (command) =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', `exec 2>&1\n${command}`], {
        cwd: workingDirectory,
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ output: output.replaceAll(NOT_NAMESPACED, ''), code: code ?? 128 });
      });
    });
}
