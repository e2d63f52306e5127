// SPDX-License-Identifier: Apache-2.0
// Everything that /metrics shows. Names, labels and buckets are those of controller-runtime and
// client-go where they have them, so that existing dashboards and alerts fit; our own begin with
// `gmsa_operator_`.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createCredspecMetrics, type CredspecConditions } from './credspec-metrics.ts';
import { type AdmissionMetrics, createAdmissionMetrics } from './admission-metrics.ts';
import { createReconcileMetrics, type ReconcileMetrics } from './reconcile-metrics.ts';
import { createWorkQueueMetrics, type WorkQueueMetrics } from './work-queue-metrics.ts';

/** Where the operator's parts report to. Every function may be passed on by itself. */
export interface Metrics {
  /** Fits `createKubeClient`'s `observe`. */
  readonly observeRequest: (result: {
    readonly code: string;
    readonly method: string;
    readonly host: string;
  }) => void;
  /** Call once per queue name; fits `WorkQueueObserver`. */
  readonly workQueue: (name: string) => WorkQueueMetrics;
  /** Call once per controller. */
  readonly reconciler: (options: {
    readonly controller: string;
    readonly maxConcurrentReconciles: number;
  }) => ReconcileMetrics;
  /** `leader_election_master_status` of the Lease called `name`: 0 until told otherwise. */
  readonly leaderElection: (name: string) => LeaderMetrics;
  /** Fits the event recorder's `onDropped`. */
  readonly eventDropped: (reason: string) => void;
  /** `admission.server` and `admission.decided` fit the admission module. */
  readonly admission: AdmissionMetrics;
  readonly certificate: CertificateMetrics;
  /** Where each scrape finds the credspecs' conditions; undefined: nowhere (we do not lead). */
  readonly setCredspecSource: (source: (() => Iterable<CredspecConditions>) | undefined) => void;
  /** The text exposition. */
  readonly render: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Told when this process begins and stops to lead. */
export interface LeaderMetrics {
  readonly started: () => void;
  readonly stopped: () => void;
}

/** Told of the certificate that a replica serves. */
export interface CertificateMetrics {
  /** What the Secret holds was looked at. */
  readonly read: (result: 'error' | 'ok') => void;
  /** One is served from now on. */
  readonly served: (certificate: { readonly notAfter: Date }) => void;
}

/** Node's own default wakes the process a hundred times a second, idle or not. */
const EVENT_LOOP_SAMPLE_MS = 100;

/** Metrics in a registry, by default one of their own; those of the process and of Node included. */
export function createMetrics({
  version,
  registry = new Registry(),
}: {
  readonly version: string;
  readonly registry?: Registry;
}): Metrics {
  const registers = [registry];
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
  });
  const reconciles = createReconcileMetrics(registry);
  const workQueues = createWorkQueueMetrics(registry);

  new Gauge({
    name: 'gmsa_operator_build_info',
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests to the API server, partitioned by status code, method, and host; the code is <error> where there was no answer.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  const leading = new Gauge({
    name: 'leader_election_master_status',
    help: "Whether this process is the leader of the Lease 'name': 1 the leader, 0 a backup.",
    labelNames: ['name'],
    registers,
  });
  const eventsDropped = new Counter({
    name: 'gmsa_operator_events_dropped_total',
    help: 'Kubernetes Events that were not written, by the reason: failed, queue-full or stopped.',
    labelNames: ['reason'],
    registers,
  });

  return {
    observeRequest: ({ code, method, host }) => {
      requests.inc({ code, method, host });
    },
    workQueue: workQueues,
    reconciler: reconciles,
    leaderElection: (name) => {
      leading.set({ name }, 0);
      return {
        started: () => {
          leading.set({ name }, 1);
        },
        stopped: () => {
          leading.set({ name }, 0);
        },
      };
    },
    eventDropped: (reason) => {
      eventsDropped.inc({ reason });
    },
    admission: createAdmissionMetrics(registry),
    certificate: createCertificateMetrics(registers),
    setCredspecSource: createCredspecMetrics(registry),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** controller-runtime's metrics of its certificate watcher, and when what is served ends. */
function createCertificateMetrics(registers: Registry[]): CertificateMetrics {
  const reads = new Counter({
    name: 'certwatcher_read_certificate_total',
    help: 'Total number of certificate reads: times that the Secret with the certificate had changed',
    registers,
  });
  const errors = new Counter({
    name: 'certwatcher_read_certificate_errors_total',
    help: 'Total number of certificate read errors: times that it held none that can be served',
    registers,
  });
  const notAfter = new Gauge({
    name: 'gmsa_operator_serving_certificate_not_after_timestamp_seconds',
    help: 'When the certificate that this replica serves expires, in seconds since 1970; 0 while it serves none.',
    registers,
  });

  return {
    read: (result) => {
      reads.inc();
      if (result === 'error') errors.inc();
    },
    served: (certificate) => {
      notAfter.set(certificate.notAfter.getTime() / 1000);
    },
  };
}
