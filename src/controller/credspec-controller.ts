// SPDX-License-Identifier: Apache-2.0
// The controller: which events wake which credspec, and what a reconcile does, in order. The key of
// the work queue is the credspec's name.
import { parseAllowedServiceAccounts } from '../api/allowed-service-accounts.ts';
import { FIELD_MANAGER } from '../api/credspec.ts';
import {
  clusterRoleName,
  credspecOfGeneratedName,
  roleBindingName,
} from '../api/generated-names.ts';
import { aborted } from '../kube/wait/abort.ts';
import type { DesiredCondition } from '../api/conditions.ts';
import { classifyError, errorMessage } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { EventRecorder } from '../kube/events/event-recorder.ts';
import type { Logger } from '../kube/logger.ts';
import type { Change } from '../kube/informer/object-cache.ts';
import { resourcePath } from '../kube/client/resource.ts';
import {
  createWorkQueue,
  type Priority,
  type WorkQueueObserver,
  type WorkResult,
} from '../kube/work-queue.ts';
import { createAccessReconciler } from './access/access-reconciler.ts';
import { clusterRoleKind, roleBindingKind } from './access/rbac-objects.ts';
import { asksForTheSame, type CachedCredspec, credspecResource } from './cached-credspec.ts';
import type { Informers } from './informers.ts';
import { createRepairLimiter } from '../kube/repair-limiter.ts';
import { createAdmissionRollout } from './status/admission-rollout.ts';
import { desiredStatus } from './status/desired-status.ts';
import { reconcileFailedNews } from './status/status-news.ts';
import { type ConditionSummary, createStatusReporter } from './status/status-reporter.ts';

/** What the controller runs on for one term of leadership. */
export interface CredspecControllerOptions {
  /** Fenced: it writes only while we lead. */
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly log: Logger;
  readonly admission: AdmissionCondition;
  /** Ends the term. */
  readonly signal: AbortSignal;
  readonly maxConcurrentReconciles: number;
  /** Every credspec is looked at again after this time, in milliseconds, ten percent jitter. */
  readonly syncPeriodMs: number;
  readonly observer?: ControllerObserver;
}

/** What is known of admission, which every credspec's status tells. */
export interface AdmissionCondition {
  /** Undefined: nothing yet. */
  condition(): DesiredCondition<'AdmissionReady'> | undefined;
  /** Calls `listener` when it changes; returns how to end that. */
  subscribe(listener: () => void): () => void;
}

/** Told of the controller's work, for metrics. */
export interface ControllerObserver {
  readonly queue: WorkQueueObserver;
  /** A reconcile begins; the function returned is called once, at its end. */
  reconcileStarted(): (result: 'error' | 'requeue_after' | 'success') => void;
  /** A term begins; `summaries` tells the credspecs' conditions from now on. */
  termStarted(
    summaries: () => Iterable<readonly [name: string, conditions: readonly ConditionSummary[]]>,
  ): void;
  termEnded(): void;
}

/** Failures in a row before a condition tells of what may well go away by itself. */
const TRANSIENT_FAILURES_UNTOLD = 3;

/** Reconciles until `signal` is aborted and what was in work has ended. Never rejects. */
export async function runCredspecController(options: CredspecControllerOptions): Promise<void> {
  const { client, informers, log, signal, observer } = options;
  const { credspecs, namespaces, clusterRoles, roleBindings } = informers;

  const reporter = createStatusReporter({ client, credspecs, events: options.events, log });
  const admissionNews = createAdmissionRollout(() => options.admission.condition());
  const access = createAccessReconciler({
    clusterRoles: {
      client,
      kind: clusterRoleKind,
      informer: clusterRoles,
      fieldManager: FIELD_MANAGER,
    },
    roleBindings: {
      client,
      kind: roleBindingKind,
      informer: roleBindings,
      fieldManager: FIELD_MANAGER,
    },
    namespaceState: (name) => {
      const namespace = namespaces.get(name);
      if (namespace === undefined) return 'missing';
      return namespace.terminating ? 'terminating' : 'active';
    },
  });

  async function reconcile(name: string, failures: number): Promise<WorkResult> {
    const credspec = credspecs.get(name);
    if (credspec === undefined || credspec.deleting) return revoke(name, credspec);
    const allowed = parseAllowedServiceAccounts(credspec.allowedAnnotation);
    const previous = reporter.previous(credspec);
    const outcome = await access.reconcile({
      credspec,
      grants: allowed.grants,
      boundBefore: previous?.bindings?.map(({ namespace }) => namespace) ?? [],
      isCurrent: () => {
        const now = credspecs.get(name);
        return now !== undefined && asksForTheSame(now, credspec);
      },
    });
    // The change that superseded it has marked the key already.
    if (outcome === 'superseded') return { type: 'done' };
    if (outcome.repairs.length > 0) repairs.happened(name);
    const passing = outcome.failures.find(({ transient }) => transient);
    const admission = admissionNews(previous);
    // Where nothing is known of admission: it will be, soon, and all come back then.
    const isTold = passing === undefined || failures >= TRANSIENT_FAILURES_UNTOLD;
    if (isTold && admission.type !== 'unknown') {
      const now = new Date();
      const admissionReady = admission.condition;
      await reporter.report(
        credspec,
        desiredStatus({ credspec, allowed, access: outcome, admissionReady, previous, now }),
        outcome,
      );
    }
    if (passing !== undefined) throw new Error(passing.message);
    return outcome.failures.length === 0 && admission.type !== 'wait'
      ? { type: 'done' }
      : { type: 'retry' };
  }

  async function revoke(name: string, credspec: CachedCredspec | undefined): Promise<WorkResult> {
    reporter.forget(name);
    const generated =
      roleBindings.named(roleBindingName(name)).length +
      clusterRoles.named(clusterRoleName(name)).length;
    // The caches are not of one moment: a new credspec's objects may be seen before itself.
    if (generated === 0 || (credspec === undefined && (await exists(name)))) {
      return { type: 'done' };
    }
    await access.revokeAll(name);
    log.info('Removed the access of a credspec that is gone', { credspec: name });
    return { type: 'done' };
  }

  async function exists(name: string): Promise<boolean> {
    try {
      await client.request({ method: 'GET', path: resourcePath(credspecResource, { name }) });
      return true;
    } catch (error) {
      if (classifyError(error) === 'not-found') return false;
      throw error;
    }
  }

  async function observed(name: string, failures: number): Promise<WorkResult> {
    const ended = observer?.reconcileStarted();
    try {
      const result = await reconcile(name, failures);
      ended?.(result.type === 'done' ? 'success' : 'requeue_after');
      return result;
    } catch (error) {
      ended?.('error');
      throw error;
    }
  }

  const repairs = createRepairLimiter();
  const queue = createWorkQueue({
    concurrency: options.maxConcurrentReconciles,
    process: observed,
    onError: (name, error, failures) => {
      if (classifyError(error) === 'aborted') return;
      // What passes at once is nobody's business, and what stays is told now and then.
      const level = failures === 3 || failures % 10 === 0 ? 'warn' : 'debug';
      log[level]('Reconcile failed, trying again', { credspec: name, failures, error });
      const credspec = credspecs.get(name);
      if (level === 'warn' && credspec !== undefined) {
        reporter.tell(credspec, reconcileFailedNews(errorMessage(error)));
      }
    },
    ...(observer === undefined ? {} : { observer: observer.queue }),
  });

  function enqueueAll(): void {
    for (const { name } of credspecs.values()) queue.add(name, 'low');
    // Generated objects whose credspec is gone: orphaned, or deleted while nobody led.
    for (const generated of [clusterRoles, roleBindings]) {
      for (const { name } of generated.values()) enqueueOwner(name, 'low');
    }
  }

  function enqueueOwner(generatedName: string, priority: Priority): void {
    const credspec = credspecOfGeneratedName(generatedName);
    if (credspec !== undefined)
      repairs.whenAllowed(credspec, () => {
        queue.add(credspec, priority);
      });
  }

  async function resync(): Promise<void> {
    await reporter.refresh().catch((error: unknown) => {
      log.debug('Cannot look up what the API server serves', { error });
    });
    enqueueAll();
  }

  await Promise.race([informers.synced.then(() => informers.freshen(signal)), aborted(signal)]);
  if (signal.aborted) return;

  const unsubscribe = [
    // Its annotation, contents or status changed, it is new, or gone.
    credspecs.subscribe(({ key, source }) => {
      queue.add(key, priorityOf(source));
    }),
    // A generated object was edited or deleted: put it right.
    clusterRoles.subscribe(({ object, source }) => {
      enqueueOwner(object.name, priorityOf(source));
    }),
    roleBindings.subscribe(({ object, source }) => {
      enqueueOwner(object.name, priorityOf(source));
    }),
    // A namespace that entries were waiting for appeared, or one that has bindings is going. What
    // else changes about namespaces concerns nobody here.
    namespaces.subscribe(({ type, key, object, source }) => {
      if (type === 'updated' && !object.terminating) return;
      for (const { name, allowedAnnotation } of credspecs.values()) {
        if (allowedAnnotation?.includes(`${key}/`) === true) queue.add(name, priorityOf(source));
      }
    }),
  ];
  unsubscribe.push(
    options.admission.subscribe(() => {
      for (const { name } of credspecs.values()) queue.add(name, 'low');
    }),
  );
  observer?.termStarted(() => reporter.summaries());
  await resync();
  const timer = setInterval(
    () => void resync(),
    options.syncPeriodMs * (0.9 + 0.2 * Math.random()),
  );
  await aborted(signal);
  clearInterval(timer);
  for (const stop of unsubscribe) stop();
  repairs.stop();
  await queue.stop();
  observer?.termEnded();
}

function priorityOf(source: Change<unknown>['source']): Priority {
  return source === 'list' ? 'low' : 'high';
}
