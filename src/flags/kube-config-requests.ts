// SPDX-License-Identifier: Apache-2.0
// How client-go makes requests by a kubeconfig, where the client library differs. Pure.
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import type { KubeConfigUser } from '../kube/client/kube-config-user.ts';

/**
 * The kubeconfig with its current cluster and user as client-go takes them. Over plain HTTP, as `kubectl proxy`
 * serves it, there is no TLS to verify, and no credentials are sent for others on the way to read. The CA of the
 * cluster counts also where the context has no user.
 */
export function asRequested(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster();
  const user: KubeConfigUser | null = config.getCurrentUser();
  if (cluster === null) return config;
  const isPlain = /^http:/i.test(cluster.server);
  if (!isPlain && user !== null) return config;
  const changed: { readonly cluster: Cluster; readonly user: KubeConfigUser } = {
    cluster: isPlain ? { ...cluster, skipTLSVerify: true } : cluster,
    user: isPlain && user !== null ? withoutCredentials(user) : (user ?? { name: '' }),
  };
  const result = new KubeConfig();
  result.loadFromOptions({
    clusters: [changed.cluster, ...config.getClusters().filter((each) => each !== cluster)],
    users: [changed.user, ...config.getUsers().filter((each) => each !== user)],
    contexts: config
      .getContexts()
      .map((each) =>
        each.name === config.getCurrentContext() ? { ...each, user: changed.user.name } : each,
      ),
    currentContext: config.getCurrentContext(),
  });
  return result;
}

function withoutCredentials({
  name,
  impersonateUser,
  impersonation,
}: KubeConfigUser): KubeConfigUser {
  return {
    name,
    ...(impersonateUser === undefined ? {} : { impersonateUser }),
    ...(impersonation === undefined ? {} : { impersonation }),
  };
}
