// SPDX-License-Identifier: Apache-2.0
// The cluster whose pod this is, by the service account volume that Kubernetes mounts.
import { existsSync, readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import type { Environment } from './flag.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The namespace that the service account volume of a pod names; undefined outside of a pod. */
export function readServiceAccountNamespace(root = ''): string | undefined {
  try {
    const namespace = readFileSync(`${root}${SERVICE_ACCOUNT}/namespace`, 'utf8').trim();
    return namespace === '' ? undefined : namespace;
  } catch {
    return undefined;
  }
}

/**
 * What this process lacks to be in a pod with a service account, in words; undefined where it is in one.
 * `root` is the root of the file system.
 */
export function missingInCluster(env: Environment, root: string): string | undefined {
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
export function kubeConfigOfPod(env: Environment, root: string): KubeConfig {
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
