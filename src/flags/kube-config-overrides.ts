// SPDX-License-Identifier: Apache-2.0
// kubectl's flags that take the place of what a kubeconfig says of its current context. Pure, but for the paths,
// which are those of the working directory.
import { resolve } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import type { Impersonation, KubeConfigUser } from '../kube/client/kube-config-user.ts';

/** What the flags say; undefined where one is not given. */
export interface KubeConfigOverrides {
  /** Names of a cluster and a user of the kubeconfig. */
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly server?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly token?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly as?: string | undefined;
  readonly asUid?: string | undefined;
  readonly asGroups?: readonly string[] | undefined;
  /** `key=value`, a key as often as it has values. */
  readonly asUserExtra?: readonly string[] | undefined;
}

/** Whether any of them is given. */
export function hasOverrides(overrides: KubeConfigOverrides): boolean {
  return Object.values(overrides).some((value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false,
  );
}

/**
 * The kubeconfig with its current context changed by the flags; the same where there are none.
 * @throws Error where it has no such cluster or user.
 */
export function overrideKubeConfig(config: KubeConfig, overrides: KubeConfigOverrides): KubeConfig {
  if (!hasOverrides(overrides)) return config;
  const current = config.getCurrentContext() as string | undefined;
  const name = current === undefined || current === '' ? 'flags' : current;
  const context = config.getContextObject(name);
  const cluster = clusterOf(config, overrides.cluster, context?.cluster);
  const user = userOf(config, overrides.user, context?.user);
  const changed = new KubeConfig();
  changed.loadFromOptions({
    clusters: [overriddenCluster(cluster, overrides)],
    users: [overriddenUser(user, overrides)],
    contexts: [
      ...config.getContexts().filter((each) => each.name !== name),
      { ...context, name, cluster: cluster.name, user: user.name },
    ],
    currentContext: name,
  });
  return changed;
}

function clusterOf(config: KubeConfig, wanted: string | undefined, named = ''): Cluster {
  const found = config.getCluster(wanted ?? named);
  if (found !== null) return found;
  if (wanted !== undefined) throw new Error(`--cluster: the kubeconfig has no cluster "${wanted}"`);
  return { name: named, server: '', skipTLSVerify: false };
}

function userOf(config: KubeConfig, wanted: string | undefined, named = ''): KubeConfigUser {
  const found = config.getUser(wanted ?? named);
  if (found !== null) return found;
  if (wanted !== undefined) throw new Error(`--user: the kubeconfig has no user "${wanted}"`);
  return { name: named };
}

function overriddenCluster(
  { tlsServerName, caData, caFile, ...cluster }: Cluster,
  overrides: KubeConfigOverrides,
): Cluster {
  const { server, certificateAuthority, insecureSkipTlsVerify } = overrides;
  // A server of the flags has a name of the flags, or none: the kubeconfig's belongs to another one.
  const serverName = overrides.tlsServerName ?? (server === undefined ? tlsServerName : undefined);
  const trust =
    certificateAuthority !== undefined
      ? { caFile: resolve(certificateAuthority), skipTLSVerify: insecureSkipTlsVerify === true }
      : insecureSkipTlsVerify === true
        ? { skipTLSVerify: true }
        : { ...defined({ caData, caFile }), skipTLSVerify: cluster.skipTLSVerify };
  return {
    ...cluster,
    ...trust,
    ...defined({ tlsServerName: serverName }),
    server: (server ?? cluster.server).replace(/\/$/, ''),
  };
}

function overriddenUser(user: KubeConfigUser, overrides: KubeConfigOverrides): KubeConfigUser {
  const { token, clientCertificate, clientKey, as } = overrides;
  const impersonation = { ...user.impersonation, ...impersonationOf(overrides) };
  const impersonateUser = as ?? user.impersonateUser;
  const { certData, certFile, keyData, keyFile, ...rest } = user;
  return {
    ...rest,
    ...(clientCertificate === undefined
      ? defined({ certData, certFile })
      : { certFile: resolve(clientCertificate) }),
    ...(clientKey === undefined ? defined({ keyData, keyFile }) : { keyFile: resolve(clientKey) }),
    // It takes the place of a plugin and of a token file.
    ...(token === undefined ? {} : { token, exec: undefined, authProvider: undefined }),
    ...defined({ impersonateUser }),
    ...(Object.keys(impersonation).length === 0 ? {} : { impersonation }),
  };
}

function impersonationOf({
  asUid,
  asGroups = [],
  asUserExtra = [],
}: KubeConfigOverrides): Impersonation {
  const pairs = asUserExtra.map((text) => {
    const [key = '', ...values] = text.split('=');
    return [key, values.join('=')] as const;
  });
  const byKey = Map.groupBy(pairs, ([key]) => key);
  return {
    ...(asUid === undefined ? {} : { uid: asUid }),
    ...(asGroups.length === 0 ? {} : { groups: asGroups }),
    ...(byKey.size === 0
      ? {}
      : {
          extra: Object.fromEntries(
            [...byKey].map(([key, entries]) => [key, entries.map(([, value]) => value)]),
          ),
        }),
  };
}

function defined<T>(values: Readonly<Record<string, T | null | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, T] => entry[1] !== undefined && entry[1] !== null,
    ),
  );
}
