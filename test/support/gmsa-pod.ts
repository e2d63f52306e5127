// SPDX-License-Identifier: Apache-2.0
// Pods that run as a GMSA, and the service accounts that they need.
import type { KubeClient } from '../../src/kube/client/client.ts';

/** A Windows pod with a name that the API server makes up and one container, on no node yet. */
export function gmsaPod({
  credspec,
  serviceAccount = 'default',
  namePrefix = 'webapp-',
}: {
  readonly credspec: string;
  readonly serviceAccount?: string;
  readonly namePrefix?: string;
}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: namePrefix },
    spec: {
      serviceAccountName: serviceAccount,
      // No token volume: nothing runs in it.
      automountServiceAccountToken: false,
      os: { name: 'windows' },
      nodeSelector: { 'kubernetes.io/os': 'windows' },
      securityContext: { windowsOptions: { gmsaCredentialSpecName: credspec } },
      containers: [{ name: 'web', image: 'registry.example/webapp:1' }],
    },
  };
}

/**
 * Creates a service account: pods without one are refused, and without kube-controller-manager
 * nobody makes even `default`.
 */
export async function createServiceAccount(
  client: KubeClient,
  namespace: string,
  name = 'default',
): Promise<void> {
  await client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
  });
}
