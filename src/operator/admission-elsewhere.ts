// SPDX-License-Identifier: Apache-2.0
// Admission as the rest of the process sees it, and the case that another webhook serves it. Serving it takes
// memory, so serve-admission.ts is loaded only if this replica does.
import { ADMISSION_ELSEWHERE, type AdmissionReady } from '../controller/webhooks/webhook-health.ts';
import { unregisterWebhooks } from '../controller/webhooks/unregister-webhooks.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { Leadership } from '../kube/leader-election/leadership.ts';
import type { HealthCheck } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';

/** Admission of one replica, whether the operator or another webhook serves it. */
export interface Admission {
  /** AdmissionReady, as every credspec's status reports it. */
  readonly condition: AdmissionReady;
  readonly readyz: readonly HealthCheck[];
  /** Watches until `stop` is aborted. Never rejects. */
  run(stop: AbortSignal): Promise<void>;
  /** The leader's part, until leadership ends. `client` is fenced. Never rejects. */
  lead(client: KubeClient, leadership: Leadership): Promise<void>;
  /** Sends clients to other replicas, goes on answering for `delayMs` milliseconds, and closes. */
  drain(delayMs: number): Promise<void>;
}

/** Another webhook serves admission. */
export function admissionElsewhere(log: Logger): Admission {
  return {
    condition: { condition: () => ADMISSION_ELSEWHERE, subscribe: () => () => undefined },
    readyz: [],
    run: () => Promise.resolve(),
    lead: (client, { signal }) => unregisterWebhooks(client, log, signal),
    drain: () => Promise.resolve(),
  };
}
