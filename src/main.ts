// SPDX-License-Identifier: Apache-2.0
// The entry: flags, then the whole wiring top to bottom, then signals. No logic of its own.
import packageJson from '../package.json' with { type: 'json' };
import { admissionElsewhere } from './operator/admission-elsewhere.ts';
import { FIELD_MANAGER } from './api/credspec.ts';
import { runCredspecController } from './controller/credspec-controller.ts';
import { createInformers } from './controller/informers.ts';
import { parseArguments, type RunOptions } from './flags/arguments.ts';
import { readServiceAccountNamespace } from './flags/in-cluster-config.ts';
import { loadKubeConfig } from './flags/load-kube-config.ts';
import { aborted } from './kube/wait/abort.ts';
import { createKubeClient } from './kube/client/client.ts';
import { serviceAccountOf } from './kube/client/service-account.ts';
import { createEventRecorder } from './kube/events/event-recorder.ts';
import { alwaysLeader, fencedClient, type Leadership } from './kube/leader-election/leadership.ts';
import { candidateIdentity, runLeaderElection } from './kube/leader-election/leader-election.ts';
import { retryAfterClient } from './kube/client/retry-after.ts';
import { createMetricsReaders } from './operator/metrics-access.ts';
import { startHealthServer } from './observability/http.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { startMetricsServer } from './observability/metrics-server.ts';

const { version } = packageJson;
const LEASE_NAME = 'gmsa-operator';
const CONTROLLER_NAME = 'gmsacredentialspec';

const parsed = parseArguments(process.argv.slice(2), process.env, {
  version,
  serviceAccountNamespace: readServiceAccountNamespace(),
});
if ('exitCode' in parsed) {
  process.stdout.write(parsed.stdout ?? '');
  process.stderr.write(parsed.stderr ?? '');
  process.exitCode = parsed.exitCode;
} else {
  const log = createLogger({ level: parsed.options.logLevel, format: parsed.options.logFormat });
  const fail = (error: unknown): void => {
    log.error('Fatal', { error });
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  await run(parsed.options, log, stopSignal(log)).catch(fail);
  process.exit(0);
}

/** Runs the operator until `stop` is aborted. */
async function run(options: RunOptions, log: Logger, stop: AbortSignal): Promise<void> {
  const identity = candidateIdentity();
  log.info('Starting', { version, identity, node: process.version });

  const metrics = createMetrics({ version });
  const kubeConfig = loadKubeConfig({ kubeconfig: options.kubeconfig, env: process.env });
  const client = await createKubeClient(kubeConfig, {
    userAgent: `gmsa-operator/${version}`,
    observe: metrics.observeRequest,
  });
  const informers = createInformers({
    client,
    log,
    contents: options.admission === undefined ? 'dropped' : 'kept',
  });
  const events = createEventRecorder({
    client,
    reportingController: 'gmsa-operator.io/gmsa-operator',
    reportingInstance: identity,
    fieldManager: FIELD_MANAGER,
    onDropped: metrics.eventDropped,
    log,
  });
  const metricsServer =
    options.metricsBindAddress &&
    (await startMetricsServer({
      address: options.metricsBindAddress,
      render: metrics.render,
      readers: options.metricsSecure ? createMetricsReaders({ client, log }) : undefined,
    }));
  const admission =
    options.admission === undefined
      ? admissionElsewhere(log)
      : await (
          await import('./operator/serve-admission.ts')
        ).serveAdmission({
          options: options.admission,
          namespace: options.namespace,
          identity,
          serviceAccount: await serviceAccountOf(kubeConfig),
          client,
          informers,
          events,
          metrics,
          onCertificate: options.metricsSecure ? metricsServer?.setCertificate : undefined,
          log,
        });

  const health =
    options.healthProbeBindAddress &&
    (await startHealthServer({
      address: options.healthProbeBindAddress,
      healthz: [{ name: 'ping', check: () => undefined }],
      readyz: [
        { name: 'shutdown', check: () => (stop.aborted ? 'shutting down' : undefined) },
        ...Object.keys(informers.notSynced()).map((name) => ({
          name: `${name}-informer`,
          check: () => informers.notSynced()[name],
        })),
        ...admission.readyz,
      ],
    }));
  const queue = metrics.workQueue(CONTROLLER_NAME);
  const reconciler = metrics.reconciler({
    controller: CONTROLLER_NAME,
    maxConcurrentReconciles: options.maxConcurrentReconciles,
  });
  const leader = metrics.leaderElection(LEASE_NAME);
  const lead = async (leadership: Leadership): Promise<void> => {
    leader.started();
    const leadersClient = retryAfterClient(fencedClient(client, leadership), leadership.signal);
    await Promise.all([
      admission.lead(leadersClient, leadership),
      runCredspecController({
        client: leadersClient,
        informers,
        events,
        log,
        admission: admission.condition,
        signal: leadership.signal,
        maxConcurrentReconciles: options.maxConcurrentReconciles,
        syncPeriodMs: options.syncPeriodMs,
        observer: {
          queue,
          reconcileStarted: reconciler.started,
          termStarted: metrics.setCredspecSource,
          termEnded: () => {
            metrics.setCredspecSource(undefined);
            queue.cleared();
          },
        },
      }),
    ]);
    leader.stopped();
  };

  // Until the end, for admission is served a while longer than is led.
  const end = new AbortController();
  const informing = Promise.all([informers.run(end.signal), admission.run(end.signal)]);
  const drained = aborted(stop).then(() => admission.drain(options.shutdownDelayMs));
  if (options.leaderElect) {
    await runLeaderElection({
      client,
      lease: { namespace: options.namespace, name: LEASE_NAME },
      identity,
      leaseDurationMs: options.leaderElectionLeaseDurationMs,
      renewDeadlineMs: options.leaderElectionRenewDeadlineMs,
      retryPeriodMs: options.leaderElectionRetryPeriodMs,
      fieldManager: FIELD_MANAGER,
      signal: stop,
      onStartedLeading: lead,
      log,
    });
  } else {
    await lead(alwaysLeader(stop));
  }

  await drained;
  end.abort();
  await informing;
  await events.drain();
  await Promise.all([health?.close(), metricsServer?.close()]);
  client.close();
  log.info('Stopped');
}

/** Aborted by SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      log.info('Stopping', { signal });
      controller.abort();
    });
  }
  return controller.signal;
}
