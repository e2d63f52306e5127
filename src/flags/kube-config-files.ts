// SPDX-License-Identifier: Apache-2.0
// Kubeconfig files: read, merged as kubectl merges them, and looked through for what would not work.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import type { KubeConfigUser } from '../kube/client/kube-config-user.ts';
import { type KubeConfigOverrides, overrideKubeConfig } from './kube-config-overrides.ts';
import { completedUser } from './kube-config-users.ts';
import { asRequested } from './kube-config-requests.ts';

/**
 * The kubeconfig of one file or of several, merged as kubectl does it: the first file that says something
 * wins; one of several may be missing. `source` is who names the files: `--kubeconfig`. `context` is the
 * one to use in place of the current one, and `overrides` change what it says.
 * @throws Error that says which file is wrong, and how.
 */
export function kubeConfigOfFiles(
  source: string,
  files: readonly string[],
  { context, ...overrides }: KubeConfigOverrides & { readonly context?: string | undefined } = {},
): KubeConfig {
  const present = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  const [first, ...others] = present.map((file) => readKubeConfig(source, file));
  if (first === undefined) {
    throw new Error(`${source}: none of these files exists: ${files.join(', ')}`);
  }
  for (const other of others) merge(first, other);
  const where = `${source}: ${present.join(delimiter)}`;
  if (context !== undefined) switchContext(first, context, where);
  const config = overrideKubeConfig(first, overrides);
  assertUsable(config, where);
  return asRequested(config);
}

/**
 * A kubeconfig of flags alone, among them `--server`.
 * @throws Error that says what is wrong with them.
 */
export function kubeConfigOfFlags(overrides: KubeConfigOverrides): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: undefined });
  const changed = overrideKubeConfig(config, overrides);
  assertUsable(changed, '--server');
  return asRequested(changed);
}

/** The files that `$KUBECONFIG` lists. */
export function listedFiles(variable: string | undefined): readonly string[] {
  return (variable ?? '').split(delimiter).filter((file) => file !== '');
}

function readKubeConfig(source: string, file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    const text = readFileSync(file, 'utf8');
    config.loadFromString(text);
    const directory = dirname(file);
    config.makePathsAbsolute(directory);
    const raw = rawUsers(load(text));
    config.users = config.users.map((user) =>
      completedUser(user, raw.get(user.name) ?? {}, directory),
    );
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

const SET_CONTEXT = 'set one with: kubectl config use-context';

function assertUsable(config: KubeConfig, where: string): void {
  const name = config.getCurrentContext() as string | undefined;
  const choose = `(there are: ${contextNames(config)}); ${SET_CONTEXT}`;
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
  const user: KubeConfigUser | null = config.getUser(context.user);
  if (context.user && user === null) {
    throw new Error(`${where} has no user "${context.user}", whom its context "${name}" uses`);
  }
  // client-go, too, refuses it: the groups would be dropped without a word.
  if (user?.impersonation !== undefined && !user.impersonateUser) {
    throw new Error(
      `${where}: a UID, groups or extra values are to be impersonated without a user: add as, or give --as`,
    );
  }
}

/** The users as the file has them, by name; of one that is there twice, the first. */
function rawUsers(kubeconfig: unknown): ReadonlyMap<unknown, Readonly<Record<string, unknown>>> {
  const { users } = (kubeconfig ?? {}) as { readonly users?: unknown };
  const entries = (Array.isArray(users) ? users : []) as readonly {
    readonly name?: unknown;
    readonly user?: Readonly<Record<string, unknown>> | null;
  }[];
  return new Map(entries.toReversed().map(({ name, user }) => [name, user ?? {}]));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
