// SPDX-License-Identifier: Apache-2.0
// The operator's token in an attacker's hands: requests with it, and what came of them.
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from '../../src/kube/client/api-error.ts';
import {
  type ApiRequest,
  createKubeClient,
  type KubeClient,
} from '../../src/kube/client/client.ts';
import type { TestCluster } from '../support/test-cluster.ts';

/** What the API server answered. */
export interface Attempt {
  /** 200 for all that it did. */
  readonly code: number;
  /** Why it refused, or nothing. */
  readonly message: string;
}

/** What was done. */
export const ALLOWED: Attempt = { code: 200, message: '' };

/** See {@link stealToken}. */
export interface StolenToken {
  readonly client: KubeClient;
  attempt(request: ApiRequest): Promise<Attempt>;
}

/** Takes the token of a service account: by default of the one that config/rbac makes. */
export async function stealToken(
  { controlPlane }: TestCluster,
  namespace = 'gmsa-operator-system',
  name = 'gmsa-operator',
): Promise<StolenToken> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(await controlPlane.serviceAccountKubeconfig(namespace, name));
  const client = await createKubeClient(kubeConfig, { userAgent: 'attacker' });
  return {
    client,
    async attempt(request) {
      try {
        await client.request(request);
        return ALLOWED;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return { code: error.code, message: error.status.message ?? '' };
      }
    },
  };
}
