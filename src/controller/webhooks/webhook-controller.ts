// SPDX-License-Identifier: Apache-2.0
// The leader's half of admission: certificates, then the configurations that trust them, in one loop that
// anything which changes wakes up; and beside it the look at whether it all works.
import type { ServerNames } from '../../pki/fitness.ts';
import { aborted } from '../../kube/wait/abort.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import { backoffMs } from '../../kube/wait/backoff.ts';
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import { sleep } from '../../kube/wait/clock.ts';
import { cannotBeKeptRight } from './webhook-problems.ts';
import { type AdmissionWatchOptions, createAdmissionWatch } from './health-watch.ts';
import { createAlarm } from './alarm.ts';
import type { CertificateReconciler, CertificateState } from './certificate-reconciler.ts';
import { createConfigurationReconciler } from './configuration-reconciler.ts';
import { ownerClusterRole } from './owner-cluster-role.ts';
import { createRegistrationGate, GATE_LOOK_MS } from './registration-gate.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { missingConfigurations } from './webhook-informers.ts';

/** What the loop works on for one term of leadership; `client` is fenced: it writes only while we lead. */
export interface WebhookControllerOptions extends AdmissionWatchOptions {
  readonly certificates: CertificateReconciler;
  /** Name of the ClusterRole that owns the configurations. */
  readonly ownerClusterRole: string | undefined;
  /** Called when something may have been written. */
  readonly onWritten: () => void;
  readonly events: EventRecorder;
  readonly fieldManager: string;
}

/** Times pass, and a watch may be silent. */
const LOOK_MS = 15_000;

/** While a configuration is missing: this replica may have come to serve meanwhile. */
const TROUBLED_LOOK_MS = 2_000;

/** Between two looks, whoever wakes us. */
const BREATH_MS = 50;

/** A list of one object takes milliseconds. */
const READ_PATIENCE_MS = 2_000;

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
  const { client, informers, certificates, target, log, signal } = options;
  const configurations = createConfigurationReconciler(options);
  const owner = ownerClusterRole(client, options.ownerClusterRole, log);
  const watch = createAdmissionWatch(options);
  const gate = createRegistrationGate(options);
  let failures = 0;
  let isFresh = false;
  let inWork: 'certificates' | 'configurations' = 'certificates';

  /** Milliseconds until the next look. */
  async function reconcile(): Promise<number> {
    const [unknown] = Object.values(informers.notSynced()).filter((why) => why !== undefined);
    if (unknown !== undefined) throw new Error(unknown);
    if (!isFresh) throw new Error('waiting for what may have changed unnoticed to be listed again');
    inWork = 'certificates';
    const state = await certificates.prepare();
    const registeredInMs =
      state.caBundle === undefined ? Infinity : await register(state.caBundle, state);
    inWork = 'certificates';
    const completed = await certificates.complete();
    options.onWritten();
    if (completed === 'done') return 0;
    watch.kept(state.problem);
    const lookMs = missingConfigurations(informers).length > 0 ? TROUBLED_LOOK_MS : LOOK_MS;
    return Math.min(state.againInMs, registeredInMs, lookMs);
  }

  async function register(
    caBundle: string,
    { annotations }: Pick<CertificateState, 'annotations'>,
  ): Promise<number> {
    inWork = 'configurations';
    const isMissing = missingConfigurations(informers).length > 0;
    if (isMissing) owner.forget();
    else gate.nothingMissing();
    const mode = !isMissing || (await gate.mayCreate()) ? 'create' : 'update';
    const settings = { target, caBundle, annotations, owner: await owner.get() };
    const { againInMs } = await configurations.reconcile(settings, mode);
    return mode === 'create' ? againInMs : Math.min(againInMs, GATE_LOOK_MS);
  }

  function failed(error: unknown): number {
    if (classifyError(error) === 'aborted') return BREATH_MS;
    failures++;
    // Who wrote meanwhile is told of by a watch, in a moment.
    const isRace = classifyError(error) === 'conflict';
    if (failures === TOLD_FAILURES || failures % 10 === 0) {
      log.warn('Cannot keep the admission webhooks right, trying again', { failures, error });
    }
    const isMissing = missingConfigurations(informers).length > 0;
    watch.kept(cannotBeKeptRight(isMissing ? 'configurations' : inWork, error));
    return isRace ? BACKOFF.baseMs : backoffMs(failures, BACKOFF);
  }

  async function keepRight(): Promise<void> {
    const alarm = createAlarm();
    const ends = [informers.subscribe(alarm.ring), certificates.subscribe(alarm.ring)];
    const fresh = informers.synced
      .then(() => informers.freshen(signal))
      .then(() => {
        isFresh = true;
        alarm.ring();
      });
    // What cannot be read in time is told as what is wrong.
    const read = Promise.all([fresh, certificates.synced]);
    await Promise.race([read, sleep(READ_PATIENCE_MS, signal).catch(() => undefined)]);
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
    for (const end of ends) end();
    await stopped;
  }

  await Promise.all([keepRight(), watch.run()]);
}

/** A call, for the compiler believes that a signal that was not aborted never will be. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
