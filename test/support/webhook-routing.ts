// SPDX-License-Identifier: Apache-2.0
// The two ways in which API servers share calls of a webhook among the endpoints of its Service.
import type { Environment } from './control-plane/cache.ts';
import { resolveKubernetesVersion } from './control-plane/versions.ts';

/** A way to choose a replica, and how to get it from the API server under test. */
export interface WebhookRouting {
  /** What a replica is chosen for; `default`: whatever it is here. */
  readonly chosenBy: 'connection' | 'default' | 'request';
  readonly extraApiServerArgs: readonly string[];
}

/** The first minor version of Kubernetes with the feature gate. */
const FIRST_WITH_GATE = 37;

/**
 * How a replica is chosen: for every connection, and a connection stays for as long as both ends keep
 * it (until Kubernetes 1.36); or for every request (from 1.37 on, where the former is still to be had).
 * What must hold of replicas that come and go must hold with both. Where the version under test is not
 * known beforehand (`KUBEBUILDER_ASSETS`), only its own default.
 */
export function webhookRoutings(env: Environment = process.env): readonly WebhookRouting[] {
  const { KUBERNETES_VERSION: requested = '', KUBEBUILDER_ASSETS: assets = '' } = env;
  if (requested === '' && assets !== '') return [{ chosenBy: 'default', extraApiServerArgs: [] }];
  const minor = Number(resolveKubernetesVersion(requested).split('.')[1]);
  if (minor < FIRST_WITH_GATE) return [{ chosenBy: 'connection', extraApiServerArgs: [] }];
  return [
    { chosenBy: 'request', extraApiServerArgs: [] },
    {
      chosenBy: 'connection',
      extraApiServerArgs: ['--feature-gates=WebhookRoundTripLoadBalancing=false'],
    },
  ];
}
