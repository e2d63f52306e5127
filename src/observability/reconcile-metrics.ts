// SPDX-License-Identifier: Apache-2.0
// controller-runtime's metrics of a controller.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileResult = 'error' | 'requeue' | 'requeue_after' | 'success';

/** Told of one controller's reconciles. */
export interface ReconcileMetrics {
  /** A reconcile begins; the function returned is called once, at its end. */
  readonly started: () => (result: ReconcileResult) => void;
}

const RESULTS: readonly ReconcileResult[] = ['error', 'requeue', 'requeue_after', 'success'];

/** controller-runtime's, in seconds. */
const TIME_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** Registers the metrics; the function returned makes those of one controller, all at zero. */
export function createReconcileMetrics(
  registry: Registry,
): (options: {
  readonly controller: string;
  readonly maxConcurrentReconciles: number;
}) => ReconcileMetrics {
  const registers = [registry];
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: `Total number of reconciliations per controller, by result: ${RESULTS.join(', ')}`,
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Total number of reconciliation errors per controller',
    labelNames: ['controller'],
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    labelNames: ['controller'],
    buckets: TIME_BUCKETS,
    registers,
  });
  const maximum = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Maximum number of concurrent reconciles per controller',
    labelNames: ['controller'],
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Number of currently used workers per controller',
    labelNames: ['controller'],
    registers,
  });

  return ({ controller, maxConcurrentReconciles }) => {
    for (const result of RESULTS) total.inc({ controller, result }, 0);
    errors.inc({ controller }, 0);
    time.zero({ controller });
    maximum.set({ controller }, maxConcurrentReconciles);
    active.set({ controller }, 0);
    return {
      started: () => {
        const ended = time.startTimer({ controller });
        active.inc({ controller });
        return (result) => {
          active.dec({ controller });
          ended();
          total.inc({ controller, result });
          if (result === 'error') errors.inc({ controller });
        };
      },
    };
  };
}
