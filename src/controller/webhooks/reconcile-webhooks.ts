// SPDX-License-Identifier: Apache-2.0
// The reconcile of the leader's half of admission: certificates, then the configurations that trust them,
// then the certificates that may be issued once the configurations do. Which events lead here is in
// webhook-controller.ts.
import type { CertificateReconciler, CertificateState } from './certificate-reconciler.ts';
import type { ConfigurationReconciler } from './configuration-reconciler.ts';
import type { OwnerLookup } from './owner-cluster-role.ts';
import { GATE_LOOK_MS, type RegistrationGate } from './registration-gate.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import type { WebhookTarget } from './webhook-configurations.ts';
import { type ConfigurationSizes, missingConfigurations } from './webhook-informers.ts';
import { cannotBeKeptRight, type WebhookProblem } from './webhook-problems.ts';

/** What a reconcile reads and writes. */
export interface WebhookReconcileContext {
  /** Why the caches cannot be relied on yet; undefined if they can. */
  readonly notRead: () => string | undefined;
  readonly informers: ConfigurationSizes;
  readonly certificates: Pick<CertificateReconciler, 'complete' | 'prepare'>;
  readonly configurations: ConfigurationReconciler;
  readonly owner: OwnerLookup;
  readonly gate: RegistrationGate;
  readonly target: WebhookTarget;
  readonly serving: Pick<ServingCertificate, 'look'>;
}

/** What came of a reconcile. */
export type WebhookReconcileOutcome =
  | {
      readonly type: 'reconciled';
      /** What a person has to correct. */
      readonly problem: WebhookProblem | undefined;
      /** When to reconcile again without an event, in milliseconds. */
      readonly againInMs: number;
    }
  | { readonly type: 'failed'; readonly problem: WebhookProblem; readonly error: unknown };

/** Certificates expire, and a watch might be silent. */
const LOOK_MS = 15_000;

/** While a configuration is missing: this replica might serve by then. */
const MISSING_LOOK_MS = 2_000;

/** Reconciles until nothing is left to do now. Never rejects. */
export async function reconcileWebhooks(
  context: WebhookReconcileContext,
): Promise<WebhookReconcileOutcome> {
  const { informers, certificates, serving } = context;
  let inWork: 'certificates' | 'configurations' = 'certificates';
  try {
    for (;;) {
      const notRead = context.notRead();
      if (notRead !== undefined) throw new Error(notRead);
      const state = await certificates.prepare();
      inWork = 'configurations';
      const registeredInMs = await register(context, state);
      inWork = 'certificates';
      const completed = await certificates.complete();
      // No informer reports what this process wrote itself.
      serving.look();
      if (completed === 'done') continue;
      const lookMs = missingConfigurations(informers).length > 0 ? MISSING_LOOK_MS : LOOK_MS;
      const againInMs = Math.min(state.againInMs, registeredInMs, lookMs);
      return { type: 'reconciled', problem: state.problem, againInMs };
    }
  } catch (error) {
    const isMissing = missingConfigurations(informers).length > 0;
    const problem = cannotBeKeptRight(isMissing ? 'configurations' : inWork, error);
    return { type: 'failed', problem, error };
  }
}

/** Returns when to come back for what was postponed, in milliseconds. */
async function register(
  { informers, configurations, owner, gate, target }: WebhookReconcileContext,
  { caBundle, annotations }: CertificateState,
): Promise<number> {
  if (caBundle === undefined) return Infinity;
  const isMissing = missingConfigurations(informers).length > 0;
  // If somebody recreated the owner, the configurations were deleted with the old one.
  if (isMissing) owner.forget();
  else gate.nothingMissing();
  const mode = !isMissing || (await gate.mayCreate()) ? 'create' : 'update';
  const settings = { target, caBundle, annotations, owner: await owner.get() };
  const { againInMs } = await configurations.reconcile(settings, mode);
  return mode === 'create' ? againInMs : Math.min(againInMs, GATE_LOOK_MS);
}
