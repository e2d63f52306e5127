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

/** The keys of one queue, each with what ends its timer. */
interface QueueKeys {
  readonly due: Map<string, () => number>;
  readonly inWork: Map<string, { readonly sinceMs: number; readonly end: () => number }>;
}

/** Registers the metrics; the function returned makes those of one queue, all at zero. */
export function createWorkQueueMetrics(registry: Registry): (name: string) => WorkQueueMetrics {
  const registers = [registry];
  const queues = new Map<string, QueueKeys>();

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
        const total = secondsIn(inWork).reduce((sum, seconds) => sum + seconds, 0);
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
        this.set({ name, controller: name }, Math.max(0, ...secondsIn(inWork)));
      }
    },
  });

  return (name) => {
    const labels = { name, controller: name };
    const due: QueueKeys['due'] = new Map();
    const inWork: QueueKeys['inWork'] = new Map();
    queues.set(name, { due, inWork });
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    waited.zero(labels);
    worked.zero(labels);
    return {
      added: (key) => {
        adds.inc(labels);
        if (!due.has(key)) due.set(key, waited.startTimer(labels));
      },
      started: (key) => {
        due.get(key)?.();
        due.delete(key);
        inWork.set(key, { sinceMs: performance.now(), end: worked.startTimer(labels) });
      },
      finished: (key) => {
        inWork.get(key)?.end();
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

function secondsIn(inWork: QueueKeys['inWork']): readonly number[] {
  const now = performance.now();
  return [...inWork.values()].map(({ sinceMs }) => (now - sinceMs) / 1000);
}
