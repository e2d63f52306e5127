// SPDX-License-Identifier: Apache-2.0
// Getting at a cluster: kubeconfig files, and kubectl as a function.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `code` is 128 when a signal ended kubectl. */
export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface KubectlOptions {
  /** Fed to kubectl, for `-f -`. */
  readonly stdin?: string;
  /** Another identity than the administrator's, e.g. from `serviceAccountKubeconfig`. */
  readonly kubeconfig?: string;
}

export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

export interface KubeconfigContents {
  readonly url: string;
  /** Base64 of the CA's PEM; without it, the system's trusted CAs. */
  readonly caData: string | undefined;
  readonly user: string;
  readonly token: string;
  /** Default `default`. */
  readonly namespace?: string;
}

/** Writes a kubeconfig with one context, readable by the owner only; JSON is YAML too. */
export async function writeKubeconfig(
  path: string,
  { url, caData, user, token, namespace = 'default' }: KubeconfigContents,
): Promise<string> {
  const name = 'gmsa-operator-test';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': caData } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace } }],
  };
  await writeFile(path, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 });
  return path;
}

/**
 * kubectl as a function. A non-zero exit code is a result, not an error; the promise rejects only
 * when kubectl cannot be started. `directory` takes its discovery cache.
 */
export function kubectlWith(
  kubectlPath: string,
  defaultKubeconfig: string | undefined,
  directory: string,
): Kubectl {
  return (args, { stdin = '', kubeconfig = defaultKubeconfig } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(kubectlPath, args, {
        env: {
          ...process.env,
          ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
          KUBECACHEDIR: join(directory, 'kubectl-cache'),
        },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.on('error', (error) => {
        reject(new Error(`cannot run ${kubectlPath}: ${error.message}`, { cause: error }));
      });
      child.on('close', (code) => {
        resolve({ stdout, stderr, code: code ?? 128 });
      });
      // kubectl may end without having read all of it.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
}

/**
 * A kubeconfig for a service account, with a token from the TokenRequest API that is good for a
 * day. Throws if the service account does not exist.
 */
export async function writeServiceAccountKubeconfig(
  kubectl: Kubectl,
  cluster: { readonly url: string; readonly caData: string | undefined },
  directory: string,
  namespace: string,
  name: string,
): Promise<string> {
  const { stdout, stderr, code } = await kubectl([
    'create',
    'token',
    name,
    `--namespace=${namespace}`,
    '--duration=24h',
  ]);
  if (code !== 0) {
    throw new Error(`no token for service account "${namespace}/${name}": ${stderr.trim()}`);
  }
  return writeKubeconfig(join(directory, `service-account.${namespace}.${name}.kubeconfig`), {
    ...cluster,
    user: `system:serviceaccount:${namespace}:${name}`,
    token: stdout.trim(),
    namespace,
  });
}
