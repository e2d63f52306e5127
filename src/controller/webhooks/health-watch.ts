// SPDX-License-Identifier: Apache-2.0
// Whether admission works, seen from outside: the leader looks again and again, beside its other work, for
// a replica that does not answer must not hold up a repair.
import { aborted } from '../../kube/wait/abort.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import { sleep } from '../../kube/wait/clock.ts';
import type { WebhookHealth } from './webhook-health.ts';
import {
  configurationsMissing,
  noCommonAuthority,
  replicasUnknown,
  type WebhookProblem,
} from './webhook-problems.ts';
import { createAlarm } from './alarm.ts';
import { probeEndpoints } from './endpoint-probe.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';
import { missingConfigurations, type WebhookInformers } from './webhook-informers.ts';

/** Looks at admission for one term of leadership. */
export interface AdmissionWatch {
  /** Takes in what came of keeping things right, without which nothing is told, and looks soon. */
  kept(problem: WebhookProblem | undefined): void;
  /** Looks until the signal is aborted. Never rejects. */
  run(): Promise<void>;
}

/** See {@link createAdmissionWatch}. */
export interface AdmissionWatchOptions {
  readonly client: KubeClient;
  readonly informers: WebhookInformers;
  readonly target: WebhookTarget;
  readonly health: WebhookHealth;
  /** Called when the condition of `health` has changed. */
  readonly onHealthChanged: () => void;
  /** Why this replica could not answer a webhook now; undefined where it could. */
  readonly notServing: () => string | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Looks at what may have changed without a word: replicas, and what they serve. */
const LOOK_MS = 15_000;

/** While something is wrong. */
const TROUBLED_LOOK_MS = 2_000;

/** Between two looks, whoever wakes us: each shakes hands with every replica. */
const BREATH_MS = 500;

/** A watch that has seen nothing yet. */
export function createAdmissionWatch(options: AdmissionWatchOptions): AdmissionWatch {
  const { client, informers, target, health, log, signal } = options;
  const alarm = createAlarm();
  /** Undefined until things were kept right, or not, for the first time. */
  let kept: { readonly problem: WebhookProblem | undefined } | undefined;
  let isTroubled = true;
  /** What was said last of replicas that could not be looked for; the same is not said again. */
  let complaint = '';

  async function look(): Promise<WebhookProblem | undefined> {
    const missing = missingConfigurations(informers);
    if (missing.length > 0) {
      return configurationsMissing(missing, options.notServing());
    }
    const trust = informers.trust();
    const trusted = trust.type === 'seen' ? trust.trusted : [];
    if (trusted.length === 0) return noCommonAuthority();
    try {
      const endpoints = await webhookEndpoints(client, target, signal);
      complaint = '';
      return await probeEndpoints(
        endpoints,
        trusted.map(({ certificate }) => certificate.pem).join(''),
      );
    } catch (error) {
      const problem = replicasUnknown(error);
      // The condition says it too, when it has lasted.
      if (problem.message !== complaint && !signal.aborted) log.warn(problem.message);
      complaint = problem.message;
      return problem;
    }
  }

  function report(problem: WebhookProblem | undefined): void {
    isTroubled = problem !== undefined;
    if (health.observe(problem) === 'unchanged') return;
    const condition = health.condition();
    const fields = { reason: condition?.reason };
    if (problem === undefined) log.info('Admission works', fields);
    else log.warn(`Admission does not work: ${problem.message}`, fields);
    options.onHealthChanged();
  }

  return {
    kept(problem) {
      kept = { problem };
      alarm.ring();
    },
    async run() {
      const stopped = aborted(signal).then(alarm.ring);
      while (!signal.aborted) {
        if (kept !== undefined) {
          const problem = kept.problem ?? (await look());
          if (isAborted(signal)) break;
          report(problem);
          await sleep(BREATH_MS, signal).catch(() => undefined);
        }
        await alarm.rings(isTroubled ? TROUBLED_LOOK_MS : LOOK_MS);
      }
      await stopped;
    },
  };
}

/** A call, for the compiler believes that a signal that was not aborted never will be. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
