// SPDX-License-Identifier: Apache-2.0
// When the webhooks may be registered that are not: what nobody answers refuses pods. That this replica
// would answer is not enough, for the API server calls the endpoints of the Service, and it takes a
// readiness probe and more until this replica is one of them.
import type { KubeClient } from '../../kube/client/client.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';

/** See {@link createRegistrationGate}. */
export interface RegistrationGate {
  /** Whether a configuration that is not there may be created now. */
  mayCreate(): Promise<boolean>;
  /** Nothing is missing. What goes missing after that is not new to anybody, and comes back at once. */
  nothingMissing(): void;
}

/** How soon to ask again, in milliseconds. */
export const GATE_LOOK_MS = 250;

/** For API servers that learn of the endpoint later than the one that we have asked. */
const PROPAGATION_MS = 500;

/**
 * A Service that has no endpoint after this time has none for another reason than that the operator
 * starts. Then pods are better refused, which somebody notices, than never checked.
 */
const PATIENCE_MS = 10_000;

/** A gate for one term of leadership. `nowMs` is a monotonic clock. */
export function createRegistrationGate({
  client,
  target,
  notServing,
  signal,
  nowMs = () => performance.now(),
}: {
  readonly client: KubeClient;
  readonly target: WebhookTarget;
  /** Why this replica could not answer a webhook now; undefined where it could. */
  readonly notServing: () => string | undefined;
  readonly signal: AbortSignal;
  readonly nowMs?: () => number;
}): RegistrationGate {
  let servingSince: number | undefined;
  let endpointSince: number | undefined;

  async function hasEndpoint(): Promise<boolean> {
    try {
      return (await webhookEndpoints(client, target, signal)).length > 0;
    } catch {
      // The health check reports it.
      return false;
    }
  }

  return {
    async mayCreate() {
      if (notServing() !== undefined) {
        servingSince = undefined;
        return false;
      }
      if (target.type === 'url') return true;
      servingSince ??= nowMs();
      if (nowMs() - servingSince >= PATIENCE_MS) return true;
      if (!(await hasEndpoint())) {
        endpointSince = undefined;
        return false;
      }
      endpointSince ??= nowMs();
      return nowMs() - endpointSince >= PROPAGATION_MS;
    },
    nothingMissing() {
      servingSince = undefined;
      endpointSince = -Infinity;
    },
  };
}
