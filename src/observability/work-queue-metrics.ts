// SPDX-License-Identifier: Apache-2.0
// client-go's metrics of a work queue, under the labels of controller-runtime.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Told of what happens to each key of one queue. */
export interface WorkQueueMetrics {
  /** The key was not due and now is (also while it is in work). */
  readonly added: (key: string) => void;
  /** Work on the key begins: it is due no longer. */
  readonly started: (key: string) => void;
  readonly finished: (key: string) => void;
  /** The key is tried again after a back-off. */
  readonly retried: (key: string) => void;
  /** The queue was stopped, and what was due is dropped. */
  readonly cleared: () => void;
}

/** client-go's: ten nanoseconds to a thousand seconds, each ten times the one before. */
const TIME_BUCKETS = Array.from({ length: 12 }, (_, i) => Number(`1e${i - 8}`));

const LABELS = ['name', 'controller'] as const;

/** Registers the metrics; the function returned makes those of one queue, all at zero. */
export function createWorkQueueMetrics(registry: Registry): (name: string) => WorkQueueMetrics {
  const registers = [registry];
  /** Since when each key has been due or in work, by queue. */
  const queues = new Map<string, { due: Map<string, number>; inWork: Map<string, number> }>();

  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Total number of adds handled by workqueue',
    labelNames: LABELS,
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Total number of retries handled by workqueue',
    labelNames: LABELS,
    registers,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long in seconds an item stays in workqueue before being requested',
    labelNames: LABELS,
    buckets: TIME_BUCKETS,
    registers,
  });
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long in seconds processing an item from workqueue takes.',
    labelNames: LABELS,
    buckets: TIME_BUCKETS,
    registers,
  });
  new Gauge({
    name: 'workqueue_depth',
    help: 'Current depth of workqueue by workqueue and priority',
    labelNames: [...LABELS, 'priority'],
    registers,
    collect() {
      for (const [name, { due }] of queues) {
        this.set({ name, controller: name, priority: '' }, due.size);
      }
    },
  });
  new Gauge({
    name: 'workqueue_unfinished_work_seconds',
    help: 'How many seconds of work is in progress and not yet observed by work_duration. Large values indicate stuck workers, and the rate of increase how many.',
    labelNames: LABELS,
    registers,
    collect() {
      for (const [name, { inWork }] of queues) {
        const total = secondsSince([...inWork.values()]).reduce((sum, s) => sum + s, 0);
        this.set({ name, controller: name }, total);
      }
    },
  });
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'How many seconds has the longest running processor for workqueue been running.',
    labelNames: LABELS,
    registers,
    collect() {
      for (const [name, { inWork }] of queues) {
        this.set({ name, controller: name }, Math.max(0, ...secondsSince([...inWork.values()])));
      }
    },
  });

  return (name) => {
    const labels = { name, controller: name };
    const due = new Map<string, number>();
    const inWork = new Map<string, number>();
    queues.set(name, { due, inWork });
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    waited.zero(labels);
    worked.zero(labels);
    return {
      added: (key) => {
        adds.inc(labels);
        if (!due.has(key)) due.set(key, performance.now());
      },
      started: (key) => {
        observe(waited, labels, due.get(key));
        due.delete(key);
        inWork.set(key, performance.now());
      },
      finished: (key) => {
        observe(worked, labels, inWork.get(key));
        inWork.delete(key);
      },
      retried: () => {
        retries.inc(labels);
      },
      cleared: () => {
        due.clear();
      },
    };
  };
}

function observe(
  histogram: Histogram<(typeof LABELS)[number]>,
  labels: { readonly name: string; readonly controller: string },
  sinceMs: number | undefined,
): void {
  if (sinceMs !== undefined) histogram.observe(labels, (performance.now() - sinceMs) / 1000);
}

function secondsSince(moments: readonly number[]): readonly number[] {
  const now = performance.now();
  return moments.map((moment) => (now - moment) / 1000);
}
