// SPDX-License-Identifier: Apache-2.0
// The leader's half of admission: certificates, then the configurations that trust them, then a look at
// whether it all works, in one loop that anything which changes wakes up.
import type { ServerNames } from '../../pki/fitness.ts';
import { aborted } from '../../kube/abort.ts';
import { classifyError, errorMessage } from '../../kube/api-error.ts';
import { backoffMs } from '../../kube/backoff.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Logger } from '../../kube/logger.ts';
import { sleep } from '../../kube/sleep.ts';
import type { AdmissionHealth, AdmissionProblem } from './admission-health.ts';
import type { CertificateReconciler, CertificateState } from './certificate-reconciler.ts';
import { createConfigurationReconciler } from './configuration-reconciler.ts';
import { probeEndpoints } from './endpoint-probe.ts';
import { ownerClusterRole } from './owner-cluster-role.ts';
import { createRegistrationGate, GATE_LOOK_MS } from './registration-gate.ts';
import { type WebhookTarget } from './webhook-configurations.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** What the loop works on for one term of leadership. */
export interface WebhookControllerOptions {
  /** Fenced: it writes only while we lead. */
  readonly client: KubeClient;
  readonly informers: WebhookInformers;
  readonly certificates: CertificateReconciler;
  readonly target: WebhookTarget;
  /** Name of the ClusterRole that owns the configurations. */
  readonly ownerClusterRole: string | undefined;
  readonly health: AdmissionHealth;
  /** Called when the condition of `health` has changed. */
  readonly onHealthChanged: () => void;
  /** Why this replica could not answer a webhook now; undefined where it could. */
  readonly notServing: () => string | undefined;
  /** Called when something may have been written. */
  readonly onWritten: () => void;
  readonly events: EventRecorder;
  readonly fieldManager: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Looks at what may have changed without a word: replicas, and what they serve. */
const LOOK_MS = 15_000;

/** While something is wrong or under way. */
const TROUBLED_LOOK_MS = 2_000;

/** Between two looks, whoever wakes us: each shakes hands with every replica. */
const BREATH_MS = 50;

const BACKOFF = { baseMs: 250, maxMs: 15_000 };

/** Failures in a row before one is told; then now and again. */
const TOLD_FAILURES = 3;

/** The names that a target's certificate must hold. */
export function serverNames(target: WebhookTarget): ServerNames {
  if (target.type === 'service') {
    return { dnsNames: [`${target.name}.${target.namespace}.svc`], ipAddresses: [] };
  }
  const host = new URL(target.base).hostname;
  if (host.startsWith('[')) return { dnsNames: [], ipAddresses: [host.slice(1, -1)] };
  return /^[\d.]+$/.test(host)
    ? { dnsNames: [], ipAddresses: [host] }
    : { dnsNames: [host], ipAddresses: [] };
}

/** Runs until `signal` is aborted and what was in work has ended. Never rejects. */
export async function runWebhookController(options: WebhookControllerOptions): Promise<void> {
  const { client, informers, certificates, target, health, log, signal } = options;
  const configurations = createConfigurationReconciler(options);
  const owner = ownerClusterRole(client, options.ownerClusterRole, log);
  const gate = createRegistrationGate(options);
  let failures = 0;

  /** Milliseconds until the next look. */
  async function reconcile(): Promise<number> {
    const [unknown] = Object.values(informers.notSynced()).filter((why) => why !== undefined);
    if (unknown !== undefined) throw new Error(unknown);
    const state = await certificates.prepare();
    let againInMs = state.againInMs;
    if (state.caBundle !== undefined) {
      againInMs = Math.min(againInMs, await register(state.caBundle, state));
    }
    const completed = await certificates.complete();
    options.onWritten();
    if (completed === 'done') return 0;
    const problem =
      (state.problem === undefined ? undefined : invalidCertificate(state.problem)) ??
      (await look());
    report(problem);
    const isSettled = problem === undefined && health.condition()?.status === 'True';
    return Math.min(againInMs, isSettled ? LOOK_MS : TROUBLED_LOOK_MS);
  }

  async function register(
    caBundle: string,
    { annotations }: Pick<CertificateState, 'annotations'>,
  ): Promise<number> {
    const isMissing = informers.mutating.size === 0 || informers.validating.size === 0;
    if (!isMissing) gate.nothingMissing();
    const mode = !isMissing || (await gate.mayCreate()) ? 'create' : 'update';
    const settings = { target, caBundle, annotations, owner: await owner.get() };
    const { againInMs } = await configurations.reconcile(settings, mode);
    return mode === 'create' ? againInMs : Math.min(againInMs, GATE_LOOK_MS);
  }

  async function look(): Promise<AdmissionProblem | undefined> {
    const { mutating, validating } = informers;
    const missing = [
      ...(mutating.size === 0 ? ['MutatingWebhookConfiguration'] : []),
      ...(validating.size === 0 ? ['ValidatingWebhookConfiguration'] : []),
    ];
    if (missing.length > 0) {
      const why = options.notServing();
      return {
        reason: 'WebhookConfigurationMissing',
        message: `${missing.join(' and ')} gmsa-operator: not there${why === undefined ? '' : `, for ${why}`}.`,
      };
    }
    const trust = informers.trust();
    const trusted = trust.type === 'seen' ? trust.trusted : [];
    if (trusted.length === 0) {
      return {
        reason: 'CABundleMismatch',
        message: 'The webhook configurations have no CA in common that they trust.',
      };
    }
    const endpoints = await webhookEndpoints(client, target, signal);
    return probeEndpoints(endpoints, trusted.map(({ certificate }) => certificate.pem).join(''));
  }

  function report(problem: AdmissionProblem | undefined): void {
    if (health.observe(problem) === 'unchanged') return;
    const condition = health.condition();
    const fields = { reason: condition?.reason };
    if (problem === undefined) log.info('Admission works', fields);
    else log.warn(`Admission does not work: ${problem.message}`, fields);
    options.onHealthChanged();
  }

  function failed(error: unknown): number {
    if (classifyError(error) === 'aborted') return BREATH_MS;
    failures++;
    // Who wrote meanwhile is told of by a watch, in a moment.
    const isRace = classifyError(error) === 'conflict';
    if (failures === TOLD_FAILURES || failures % 10 === 0) {
      log.warn('Cannot keep the admission webhooks right, trying again', { failures, error });
    }
    report({
      reason: informers.mutating.size === 0 ? 'WebhookConfigurationMissing' : 'CertificateInvalid',
      message: `The admission webhooks cannot be kept right: ${errorMessage(error)}`,
    });
    return isRace ? BACKOFF.baseMs : backoffMs(failures, BACKOFF);
  }

  const alarm = createAlarm();
  const unsubscribe = informers.subscribe(alarm.ring);
  void informers.synced.then(alarm.ring);
  const stopped = aborted(signal).then(alarm.ring);
  while (!isAborted(signal)) {
    let againInMs: number;
    try {
      againInMs = await reconcile();
      failures = 0;
    } catch (error) {
      againInMs = failed(error);
    }
    if (againInMs === 0 || isAborted(signal)) continue;
    await alarm.rings(againInMs);
    await sleep(BREATH_MS, signal).catch(() => undefined);
  }
  unsubscribe();
  await stopped;
}

function invalidCertificate(message: string): AdmissionProblem {
  return { reason: 'CertificateInvalid', message };
}

/** A call, for the compiler believes that a signal that was not aborted never will be. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Alarm {
  readonly ring: () => void;
  readonly rings: (ms: number) => Promise<void>;
}

/** Rings when it is rung, remembers that while nobody waits, and rings by itself after a time. */
function createAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    rings: async (ms) => {
      if (!rung) {
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve(undefined);
          };
        });
      }
      rung = false;
      wake = undefined;
    },
  };
}
