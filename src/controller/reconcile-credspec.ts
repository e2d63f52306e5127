// SPDX-License-Identifier: Apache-2.0
// The reconcile of one credspec: its access, then its status. Which events lead here is in
// credspec-controller.ts.
import { parseAllowedServiceAccounts } from '../api/allowed-service-accounts.ts';
import type { CredspecStatus } from '../api/credspec.ts';
import { clusterRoleName, roleBindingName } from '../api/generated-names.ts';
import { unlessMissing } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { resourcePath } from '../kube/client/resource.ts';
import type { CachedObject, ReadonlyObjectCache } from '../kube/informer/object-cache.ts';
import type { Logger } from '../kube/logger.ts';
import type { RepairLimiter } from '../kube/repair-limiter.ts';
import type { Clock } from '../kube/wait/clock.ts';
import type { WorkResult } from '../kube/work-queue.ts';
import type { AccessReconciler } from './access/access-reconciler.ts';
import type { BindingSet } from './access/binding-set.ts';
import { asksForTheSame, type CachedCredspec, credspecResource } from './cached-credspec.ts';
import { desiredStatus } from './status/desired-status.ts';
import type { PacedAdmissionReady } from './status/paced-admission-ready.ts';
import type { StatusReporter } from './status/status-reporter.ts';

/** What a reconcile reads and writes. */
export interface CredspecReconcileContext {
  /** Reads a credspec that the cache does not know. */
  readonly client: Pick<KubeClient, 'request'>;
  readonly caches: {
    readonly credspecs: Pick<ReadonlyObjectCache<CachedCredspec>, 'get'>;
    readonly clusterRoles: Pick<ReadonlyObjectCache<CachedObject>, 'named'>;
    readonly roleBindings: Pick<ReadonlyObjectCache<CachedObject>, 'named'>;
  };
  /** Generated RoleBindings that the caches do not show. */
  readonly strays: Pick<BindingSet, 'namespaces'>;
  readonly access: AccessReconciler;
  readonly reporter: Pick<StatusReporter, 'forget' | 'previous' | 'report'>;
  /** AdmissionReady as the status is to report it, given the previous status. */
  readonly admissionReady: (previous: CredspecStatus | undefined) => PacedAdmissionReady;
  readonly repairs: Pick<RepairLimiter, 'happened'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'info'>;
}

/** Failures in a row until a condition reports what is likely to pass. */
export const UNREPORTED_TRANSIENT_FAILURES = 3;

/**
 * Reconciles the credspec called `name`, which failed `failures` times in a row before.
 * @throws Error after a failure that is likely to pass, and what the client throws.
 */
export async function reconcileCredspec(
  context: CredspecReconcileContext,
  name: string,
  failures: number,
): Promise<WorkResult> {
  const { caches, reporter } = context;
  const credspec = caches.credspecs.get(name);
  if (credspec === undefined || credspec.deleting) return revoke(context, name, credspec);
  const allowed = parseAllowedServiceAccounts(credspec.allowedAnnotation);
  const previous = reporter.previous(credspec);
  const access = await context.access.reconcile({
    credspec,
    grants: allowed.grants,
    boundBefore: previous?.bindings?.map(({ namespace }) => namespace) ?? [],
    isCurrent: () => {
      const now = caches.credspecs.get(name);
      return now !== undefined && asksForTheSame(now, credspec);
    },
  });
  // The change that superseded this reconcile has added the key already.
  if (access === 'superseded') return { type: 'done' };
  if (access.repairs.length > 0) context.repairs.happened(name);
  const transient = access.failures.find((failure) => failure.transient);
  const admission = context.admissionReady(previous);
  const isReported = transient === undefined || failures >= UNREPORTED_TRANSIENT_FAILURES;
  // While nothing is known of admission no status is written: every credspec comes back when it is.
  if (isReported && admission.type !== 'unknown') {
    const now = context.clock.now();
    const admissionReady = admission.condition;
    const status = desiredStatus({ credspec, allowed, access, admissionReady, previous, now });
    await reporter.report(credspec, status, access);
  }
  if (transient !== undefined) throw new Error(transient.message);
  return access.failures.length === 0 && admission.type !== 'wait'
    ? { type: 'done' }
    : { type: 'retry' };
}

/** When to look again whether the cache knows a credspec that exists, in milliseconds. */
const CACHE_LAG_MS = 5_000;

/** Removes all access by a credspec that is deleted, or being deleted. */
async function revoke(
  context: CredspecReconcileContext,
  name: string,
  credspec: CachedCredspec | undefined,
): Promise<WorkResult> {
  const { clusterRoles, roleBindings } = context.caches;
  context.reporter.forget(name);
  const generated =
    roleBindings.named(roleBindingName(name)).length +
    context.strays.namespaces(roleBindingName(name)).length +
    clusterRoles.named(clusterRoleName(name)).length;
  if (generated === 0) return { type: 'done' };
  // The caches do not show one moment: they might hold a new credspec's objects, and not yet itself.
  if (credspec === undefined && (await exists(context.client, name))) {
    return { type: 'again', inMs: CACHE_LAG_MS };
  }
  await context.access.revokeAll(name, credspec?.uid);
  context.log.info('Removed the access of a credspec that is gone', { credspec: name });
  return { type: 'done' };
}

async function exists(client: Pick<KubeClient, 'request'>, name: string): Promise<boolean> {
  const path = resourcePath(credspecResource, { name });
  const read = client.request({ method: 'GET', path }).then(() => true);
  return (await unlessMissing(read)) ?? false;
}
