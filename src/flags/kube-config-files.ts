// SPDX-License-Identifier: Apache-2.0
// Kubeconfig files: read, merged as kubectl merges them, and looked through for what would not work.
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';

/**
 * The kubeconfig of one file or of several, merged as kubectl does it: the first file that says something
 * wins; one of several may be missing. `source` is who names the files: `--kubeconfig`. `context` is the
 * one to use in place of the current one.
 * @throws Error that says which file is wrong, and how.
 */
export function kubeConfigOfFiles(
  source: string,
  files: readonly string[],
  context?: string,
): KubeConfig {
  const present = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  const [first, ...others] = present.map((file) => readKubeConfig(source, file));
  if (first === undefined) {
    throw new Error(`${source}: none of these files exists: ${files.join(', ')}`);
  }
  for (const other of others) merge(first, other);
  const where = `${source}: ${present.join(delimiter)}`;
  if (context !== undefined) switchContext(first, context, where);
  assertUsable(first, where);
  return first;
}

/** The files that `$KUBECONFIG` lists. */
export function listedFiles(variable: string | undefined): readonly string[] {
  return (variable ?? '').split(delimiter).filter((file) => file !== '');
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

function switchContext(config: KubeConfig, context: string, where: string): void {
  if (config.getContextObject(context) === null) {
    throw new Error(`${where} has no context "${context}" (there are: ${contextNames(config)})`);
  }
  config.setCurrentContext(context);
}

function contextNames(config: KubeConfig): string {
  const names = config.getContexts().map(({ name }) => name);
  return names.join(', ') || 'none';
}

function assertUsable(config: KubeConfig, where: string): void {
  const name = config.getCurrentContext() as string | undefined;
  const choose = `(there are: ${contextNames(config)}); set one with: kubectl config use-context`;
  if (name === undefined || name === '') {
    throw new Error(`${where} names no current-context ${choose}`);
  }
  const context = config.getContextObject(name);
  if (context === null) {
    throw new Error(`${where} has no context "${name}", which is its current-context ${choose}`);
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
