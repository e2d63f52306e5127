// SPDX-License-Identifier: Apache-2.0
// Whether the webhooks work, as an API server would find them: the leader checks again and again, beside its
// other work, because a replica that does not answer must not delay a repair.
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import { probeEndpoints } from './endpoint-probe.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';
import type { WebhookHealth } from './webhook-health.ts';
import {
  type ConfigurationSizes,
  missingConfigurations,
  type WebhookInformers,
} from './webhook-informers.ts';
import {
  configurationsMissing,
  noCommonAuthority,
  replicasUnknown,
  type WebhookProblem,
} from './webhook-problems.ts';

/** See {@link createHealthCheck}. */
export interface HealthCheckOptions {
  readonly client: KubeClient;
  readonly informers: ConfigurationSizes & Pick<WebhookInformers, 'trust'>;
  readonly target: WebhookTarget;
  readonly health: Pick<WebhookHealth, 'condition' | 'observe'>;
  readonly serving: Pick<ServingCertificate, 'problem'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Default: real TLS handshakes. */
  readonly probe?: typeof probeEndpoints;
}

/** Replicas, and what they serve, can change without an event. */
const CHECK_MS = 15_000;

/** While there is a problem. */
const PROBLEM_CHECK_MS = 2_000;

/**
 * Health checks for one term of leadership. The function returned makes one, and returns the milliseconds
 * until the next; it takes the problem of the last reconcile, which goes before whatever it would find. It
 * never rejects.
 */
export function createHealthCheck(
  options: HealthCheckOptions,
): (reconcileProblem: WebhookProblem | undefined) => Promise<number> {
  const { client, informers, target, health, log, signal, probe = probeEndpoints } = options;
  /** The last log line about replicas that could not be found; the same is not logged again. */
  let logged = '';

  async function check(): Promise<WebhookProblem | undefined> {
    const missing = missingConfigurations(informers);
    if (missing.length > 0) return configurationsMissing(missing, options.serving.problem());
    const trust = informers.trust();
    const trusted = trust.type === 'seen' ? trust.trusted : [];
    if (trusted.length === 0) return noCommonAuthority();
    try {
      const endpoints = await webhookEndpoints(client, target, signal);
      logged = '';
      return await probe(endpoints, trusted.map(({ certificate }) => certificate.pem).join(''));
    } catch (error) {
      const problem = replicasUnknown(error);
      // The condition reports it too, if it lasts.
      if (problem.message !== logged && !signal.aborted) log.warn(problem.message);
      logged = problem.message;
      return problem;
    }
  }

  function report(problem: WebhookProblem | undefined): void {
    if (health.observe(problem) === 'unchanged') return;
    const fields = { reason: health.condition()?.reason };
    if (problem === undefined) log.info('Admission works', fields);
    else log.warn(`Admission does not work: ${problem.message}`, fields);
  }

  return async (reconcileProblem) => {
    const problem = reconcileProblem ?? (await check());
    // A check that the end of the term interrupted says nothing.
    if (!signal.aborted) report(problem);
    return problem === undefined ? CHECK_MS : PROBLEM_CHECK_MS;
  };
}
