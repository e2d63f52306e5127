// SPDX-License-Identifier: Apache-2.0
// The leader's half of admission as a controller: every event wakes the one reconcile (reconcile-webhooks.ts),
// and every reconcile wakes the health check (health-check.ts).
import { isIP } from 'node:net';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import { aborted } from '../../kube/wait/abort.ts';
import { sleep } from '../../kube/wait/clock.ts';
import { createWorkQueue, type WorkResult } from '../../kube/work-queue.ts';
import type { ServerNames } from '../../pki/fitness.ts';
import type { CertificateReconciler } from './certificate-reconciler.ts';
import { createConfigurationReconciler } from './configuration-reconciler.ts';
import { createHealthCheck, type HealthCheckOptions } from './health-check.ts';
import { ownerClusterRole } from './owner-cluster-role.ts';
import { reconcileWebhooks, type WebhookReconcileContext } from './reconcile-webhooks.ts';
import { createRegistrationGate } from './registration-gate.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { endpointOfUrl } from './webhook-endpoints.ts';
import type { WebhookInformers } from './webhook-informers.ts';
import type { WebhookProblem } from './webhook-problems.ts';

/** What the controller runs on for one term of leadership. */
export interface WebhookControllerOptions extends HealthCheckOptions {
  /** Fenced: it writes only while this replica leads. */
  readonly client: KubeClient;
  readonly informers: WebhookInformers;
  readonly certificates: CertificateReconciler;
  readonly serving: Pick<ServingCertificate, 'look' | 'problem'>;
  /** Name of the ClusterRole that owns the configurations. */
  readonly ownerClusterRole: string | undefined;
  readonly events: EventRecorder;
  readonly fieldManager: string;
}

/** Between two reconciles, so that a burst of events does not keep the leader busy. */
const RECONCILE_PAUSE_MS = 50;

/** Between two health checks, each of which makes a TLS handshake with every replica. */
const HEALTH_CHECK_PAUSE_MS = 500;

/** A list of one object takes milliseconds; what takes longer is reported as a problem. */
const READ_PATIENCE_MS = 2_000;

const BACKOFF = { baseMs: 250, maxMs: 15_000 };

/** Failures in a row until a log line reports them; then every tenth. */
const LOGGED_FAILURES = 3;

/** The names that a target's certificate must hold. */
export function serverNames(target: WebhookTarget): ServerNames {
  if (target.type === 'service') {
    return { dnsNames: [`${target.name}.${target.namespace}.svc`], ipAddresses: [] };
  }
  const { serverName } = endpointOfUrl(target.base);
  return isIP(serverName) === 0
    ? { dnsNames: [serverName], ipAddresses: [] }
    : { dnsNames: [], ipAddresses: [serverName] };
}

/** Runs until `signal` is aborted and what was in work has ended. Never rejects. */
export async function runWebhookController(options: WebhookControllerOptions): Promise<void> {
  const { client, informers, certificates, serving, log, signal } = options;
  let isFresh = false;
  let problem: WebhookProblem | undefined;
  const checkHealth = createHealthCheck(options);
  const context: WebhookReconcileContext = {
    ...options,
    notRead: () =>
      Object.values(informers.notSynced()).find((why) => why !== undefined) ??
      (isFresh ? undefined : 'waiting for what may have changed unnoticed to be listed again'),
    configurations: createConfigurationReconciler(options),
    owner: ownerClusterRole(client, options.ownerClusterRole, log),
    gate: createRegistrationGate({ ...options, notServing: () => serving.problem() }),
  };

  async function reconcile(): Promise<WorkResult> {
    const outcome = await reconcileWebhooks(context);
    const isAborted = outcome.type === 'failed' && classifyError(outcome.error) === 'aborted';
    if (!isAborted) {
      problem = outcome.problem;
      queue.add('health', 'high');
    }
    await sleep(RECONCILE_PAUSE_MS, signal).catch(() => undefined);
    if (outcome.type === 'failed') throw outcome.error;
    return { type: 'again', inMs: outcome.againInMs };
  }

  async function health(): Promise<WorkResult> {
    const inMs = await checkHealth(problem);
    await sleep(HEALTH_CHECK_PAUSE_MS, signal).catch(() => undefined);
    return { type: 'again', inMs };
  }

  const wake = (): void => {
    queue.add('webhooks', 'high');
  };
  const queue = createWorkQueue({
    // One for each key.
    concurrency: 2,
    process: (key) => (key === 'health' ? health() : reconcile()),
    errorBackoff: BACKOFF,
    onError: (_, error, failures) => {
      if (classifyError(error) === 'aborted') return;
      if (failures === LOGGED_FAILURES || failures % 10 === 0) {
        log.warn('Cannot keep the admission webhooks right, trying again', { failures, error });
      }
    },
  });

  const fresh = informers.synced
    .then(() => informers.freshen(signal))
    .then(() => {
      isFresh = true;
    });
  const read = Promise.all([fresh, certificates.synced]);
  await Promise.race([read, sleep(READ_PATIENCE_MS, signal).catch(() => undefined)]);
  const unsubscribe = [informers.subscribe(wake), certificates.subscribe(wake)];
  wake();
  void fresh.then(wake);
  await aborted(signal);
  for (const stop of unsubscribe) stop();
  await queue.stop();
}
