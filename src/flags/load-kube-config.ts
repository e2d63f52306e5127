// SPDX-License-Identifier: Apache-2.0
// Which cluster to work on: --kubeconfig, else the one whose pod this is, else $KUBECONFIG. There is
// no further default: an operator that took to a cluster because of a file in someone's home
// directory, or to localhost:8080, would be a surprise.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { Environment } from './flag.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

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
  if (kubeconfig !== undefined) return fromFiles('--kubeconfig', [kubeconfig]);
  const missing = missingInCluster(env, root);
  if (missing === undefined) return fromPod(env, root);
  const files = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return fromFiles('KUBECONFIG', files);
  throw new Error(
    `cannot tell which cluster to work on: ${missing}, and neither --kubeconfig nor the environment variable KUBECONFIG is given`,
  );
}

/** The namespace that the service account volume of a pod names; undefined outside of a pod. */
export function readServiceAccountNamespace(root = ''): string | undefined {
  try {
    const namespace = readFileSync(`${root}${SERVICE_ACCOUNT}/namespace`, 'utf8').trim();
    return namespace === '' ? undefined : namespace;
  } catch {
    return undefined;
  }
}

function missingInCluster(env: Environment, root: string): string | undefined {
  for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']) {
    if (env[name] === undefined || env[name] === '') return `this is no pod (${name} is not set)`;
  }
  for (const file of ['token', 'ca.crt']) {
    if (!existsSync(`${root}${SERVICE_ACCOUNT}/${file}`)) {
      return `this pod has no service account token (${SERVICE_ACCOUNT}/${file} is missing: is automountServiceAccountToken off?)`;
    }
  }
  return undefined;
}

/** As `KubeConfig.loadFromCluster` does it, but from the environment that it is given. */
function fromPod(env: Environment, root: string): KubeConfig {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '';
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'in-cluster',
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      caFile: `${root}${SERVICE_ACCOUNT}/ca.crt`,
      skipTLSVerify: false,
    },
    {
      name: 'service-account',
      // Read again as the token is rotated.
      authProvider: {
        name: 'tokenFile',
        config: { tokenFile: `${root}${SERVICE_ACCOUNT}/token` },
      },
    },
  );
  return config;
}

/** Merged as kubectl does it: the first file that says something wins; one of several may be missing. */
function fromFiles(source: string, files: readonly string[]): KubeConfig {
  const present = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  const [first, ...others] = present.map((file) => readKubeConfig(source, file));
  if (first === undefined) {
    throw new Error(`${source}: none of these files exists: ${files.join(', ')}`);
  }
  for (const other of others) merge(first, other);
  assertUsable(first, `${source}: ${present.join(delimiter)}`);
  return first;
}

function readKubeConfig(source: string, file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'no such file' : (code ?? `not a kubeconfig: ${firstLine(message)}`);
    throw new Error(`${source}: cannot read ${file}: ${why}`, { cause: error });
  }
  return config;
}

function merge(config: KubeConfig, other: KubeConfig): void {
  for (const cluster of other.getClusters()) {
    if (config.getCluster(cluster.name) === null) config.addCluster(cluster);
  }
  for (const user of other.getUsers()) {
    if (config.getUser(user.name) === null) config.addUser(user);
  }
  for (const context of other.getContexts()) {
    if (config.getContextObject(context.name) === null) config.addContext(context);
  }
  if (!config.getCurrentContext()) config.setCurrentContext(other.getCurrentContext());
}

function assertUsable(config: KubeConfig, where: string): void {
  const name = config.getCurrentContext() as string | undefined;
  const known = config.getContexts().map((context) => context.name);
  const choose = `set one with kubectl config use-context (there are: ${known.join(', ') || 'none'})`;
  if (name === undefined || name === '') {
    throw new Error(`${where} names no current-context: ${choose}`);
  }
  const context = config.getContextObject(name);
  if (context === null) {
    throw new Error(`${where} has no context "${name}", which is its current-context: ${choose}`);
  }
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    throw new Error(
      `${where} has no cluster "${context.cluster}", which its context "${name}" uses`,
    );
  }
  if (!/^https?:$/.test(URL.parse(cluster.server)?.protocol ?? '')) {
    throw new Error(`${where}: the server of cluster "${cluster.name}" is not a URL`);
  }
  if (context.user && config.getUser(context.user) === null) {
    throw new Error(`${where} has no user "${context.user}", whom its context "${name}" uses`);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
