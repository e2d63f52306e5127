// SPDX-License-Identifier: Apache-2.0
// Admission as the rest of the process sees it, and the one that is somebody else's. What it takes to serve
// it is loaded only where it is served (serve-admission.ts): it is memory.
import { ADMISSION_ELSEWHERE } from '../controller/webhooks/webhook-health.ts';
import { unregisterWebhooks } from '../controller/webhooks/unregister-webhooks.ts';
import type { AdmissionCondition } from '../controller/credspec-controller.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { Leadership } from '../kube/leader-election/leadership.ts';
import type { HealthCheck } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';

/** Admission of one replica, whoever serves it. */
export interface Admission {
  /** What every credspec's status says of it. */
  readonly condition: AdmissionCondition;
  readonly readyz: readonly HealthCheck[];
  /** Watches until `stop` is aborted. Never rejects. */
  run(stop: AbortSignal): Promise<void>;
  /** The leader's part, until leadership ends. `client` is fenced. Never rejects. */
  lead(client: KubeClient, leadership: Leadership): Promise<void>;
  /** Sends clients to other replicas, goes on answering for `delayMs` milliseconds, and closes. */
  drain(delayMs: number): Promise<void>;
}

/** Admission is somebody else's. */
export function admissionElsewhere(log: Logger): Admission {
  return {
    condition: { condition: () => ADMISSION_ELSEWHERE, subscribe: () => () => undefined },
    readyz: [],
    run: () => Promise.resolve(),
    lead: (client, { signal }) => unregisterWebhooks(client, log, signal),
    drain: () => Promise.resolve(),
  };
}
