// SPDX-License-Identifier: Apache-2.0
// controller-runtime's metrics of webhooks, and what ours decide.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Told of admission requests. */
export interface AdmissionMetrics {
  /** A request to a webhook begins; the function returned is called once, with the HTTP status. */
  readonly requestStarted: (webhook: string) => (code: number) => void;
  /** A review was decided: `code` is that of the denial, 200 where there was none. */
  readonly decided: (review: { readonly path: string; readonly code: number }) => void;
  /** So many of the two webhook configurations are missing. */
  readonly configurationsMissing: (count: number) => void;
}

/** Paths of the webhooks; controller-runtime's label `webhook` holds the path. */
const WEBHOOKS = ['/mutate', '/validate', '/validate-credentialspec'] as const;

/** Registers the metrics, those of each webhook at zero. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  // With Prometheus' default buckets, as controller-runtime.
  const latency = new Histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'Histogram of the latency of processing admission requests',
    labelNames: ['webhook'],
    registers,
  });
  const total = new Counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Total number of admission requests by HTTP status code; a denial is an answer, too, and counts as 200.',
    labelNames: ['webhook', 'code'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Current number of admission requests being served.',
    labelNames: ['webhook'],
    registers,
  });
  const decisions = new Counter({
    name: 'gmsa_operator_admission_decisions_total',
    help: 'Admission reviews, by webhook and the code of the answer: 200 where it was allowed, else that of the denial.',
    labelNames: ['webhook', 'code'],
    registers,
  });
  const missing = new Gauge({
    name: 'gmsa_operator_webhook_configurations_missing',
    help: 'Webhook configurations of the operator that do not exist, as this replica sees it: 0, 1 or 2. Without them the API server admits pods unchecked.',
    registers,
  });
  for (const webhook of WEBHOOKS) {
    latency.zero({ webhook });
    total.inc({ webhook, code: 200 }, 0);
    inFlight.set({ webhook }, 0);
  }

  return {
    requestStarted: (webhook) => {
      const observeLatency = latency.startTimer({ webhook });
      inFlight.inc({ webhook });
      return (code) => {
        inFlight.dec({ webhook });
        observeLatency();
        total.inc({ webhook, code });
      };
    },
    decided: ({ path, code }) => {
      decisions.inc({ webhook: path, code });
    },
    configurationsMissing: (count) => {
      missing.set(count);
    },
  };
}
