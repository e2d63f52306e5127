// SPDX-License-Identifier: Apache-2.0
// controller-runtime's metrics of webhooks, and what ours decide.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Told of admission requests. */
export interface AdmissionMetrics {
  /** A request to a webhook begins; the function returned is called once, with the HTTP status. */
  readonly requestStarted: (webhook: string) => (code: number) => void;
  /** A review was decided: `code` is that of the denial, 200 where there was none. */
  readonly decided: (review: { readonly path: string; readonly code: number }) => void;
}

/** Paths of the webhooks; controller-runtime's label `webhook` holds the path. */
const WEBHOOKS = ['/mutate', '/validate', '/validate-credentialspec'] as const;

/** Prometheus' default, which controller-runtime takes, in seconds. */
const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * For every value prom-client looks for its series by the labels, through code that has left the processor's caches
 * since the last review: a tenth of the time of one. Many at once take a fraction of that.
 */
const BATCH = 64;

/** Registers the metrics, those of each webhook at zero. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  const underWay = new Map<string, number>();
  const ended = batched<{ webhook: string; code: number; seconds: number }>(
    ({ webhook, code, seconds }) => {
      latency.observe({ webhook }, seconds);
      total.inc({ webhook, code });
    },
  );
  const decided = batched<{ webhook: string; code: number }>((labels) => {
    decisions.inc(labels);
  });

  const latency = new Histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'Histogram of the latency of processing admission requests',
    labelNames: ['webhook'],
    buckets: LATENCY_BUCKETS,
    registers,
    collect: ended.record,
  });
  const total = new Counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Total number of admission requests by HTTP status code; a denial is an answer, too, and counts as 200.',
    labelNames: ['webhook', 'code'],
    registers,
    collect: ended.record,
  });
  new Gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Current number of admission requests being served.',
    labelNames: ['webhook'],
    registers,
    collect() {
      for (const [webhook, count] of underWay) this.set({ webhook }, count);
    },
  });
  const decisions = new Counter({
    name: 'gmsa_operator_admission_decisions_total',
    help: 'Admission reviews, by webhook and the code of the answer: 200 where it was allowed, else that of the denial.',
    labelNames: ['webhook', 'code'],
    registers,
    collect: decided.record,
  });
  for (const webhook of WEBHOOKS) {
    latency.zero({ webhook });
    total.inc({ webhook, code: 200 }, 0);
    underWay.set(webhook, 0);
  }
  const add = (webhook: string, count: 1 | -1): void => {
    underWay.set(webhook, (underWay.get(webhook) ?? 0) + count);
  };

  return {
    requestStarted: (webhook) => {
      const startedMs = performance.now();
      add(webhook, 1);
      return (code) => {
        add(webhook, -1);
        ended.add({ webhook, code, seconds: (performance.now() - startedMs) / 1000 });
      };
    },
    decided: ({ path, code }) => {
      decided.add({ webhook: path, code });
    },
  };
}

/** Hands values on when there are enough of them, or someone looks. */
function batched<T>(recordOne: (value: T) => void): {
  readonly add: (value: T) => void;
  readonly record: () => void;
} {
  const waiting: T[] = [];
  const record = (): void => {
    for (const value of waiting) recordOne(value);
    waiting.length = 0;
  };
  return {
    add: (value) => {
      if (waiting.push(value) >= BATCH) record();
    },
    record,
  };
}
