// SPDX-License-Identifier: Apache-2.0
// The controller: which events wake which credspec. The key of the work queue is the credspec's name;
// reconcile-credspec.ts says what a reconcile does.
import { credspecOfGeneratedName } from '../api/generated-names.ts';
import { classifyError, errorMessage } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { EventRecorder } from '../kube/events/event-recorder.ts';
import type { Change } from '../kube/informer/object-cache.ts';
import type { Logger } from '../kube/logger.ts';
import { createRepairLimiter } from '../kube/repair-limiter.ts';
import { aborted } from '../kube/wait/abort.ts';
import { backoffMs, type BackoffBounds } from '../kube/wait/backoff.ts';
import { sleep, systemClock } from '../kube/wait/clock.ts';
import {
  createWorkQueue,
  type Priority,
  type WorkQueueObserver,
  type WorkResult,
} from '../kube/work-queue.ts';
import { createAccessReconciler } from './access/access-reconciler.ts';
import { createBindingSet } from './access/binding-set.ts';
import { listStrayBindings } from './access/list-stray-bindings.ts';
import type { CachedCredspec } from './cached-credspec.ts';
import type { CachedNamespace, Informers } from './informers.ts';
import { type CredspecReconcileContext, reconcileCredspec } from './reconcile-credspec.ts';
import { paceAdmissionReady } from './status/paced-admission-ready.ts';
import { reconcileFailedNews } from './status/status-news.ts';
import { type ConditionSummary, createStatusReporter } from './status/status-reporter.ts';
import type { AdmissionReady } from './webhooks/webhook-health.ts';

/** What the controller runs on for one term of leadership. */
export interface CredspecControllerOptions {
  /** Fenced: it writes only while we lead. */
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly log: Logger;
  readonly admission: AdmissionReady;
  /** Ends the term. */
  readonly signal: AbortSignal;
  readonly maxConcurrentReconciles: number;
  /** Every credspec is reconciled again after this time, in milliseconds, with ten percent jitter. */
  readonly syncPeriodMs: number;
  readonly observer?: ControllerObserver;
}

/** Observes the controller's work, for metrics. */
export interface ControllerObserver {
  readonly queue: WorkQueueObserver;
  /** A reconcile begins; the function returned is called once, at its end. */
  reconcileStarted(): (result: 'error' | 'requeue_after' | 'success') => void;
  /** A term begins; `summaries` returns the credspecs' conditions from now on. */
  termStarted(
    summaries: () => Iterable<readonly [name: string, conditions: readonly ConditionSummary[]]>,
  ): void;
  termEnded(): void;
}

const STRAYS_BACKOFF: BackoffBounds = { baseMs: 200, maxMs: 15_000 };

/** Reconciles until `signal` is aborted and what was in work has ended. Never rejects. */
export async function runCredspecController(options: CredspecControllerOptions): Promise<void> {
  const { client, informers, log, signal, observer } = options;
  const { credspecs, namespaces, clusterRoles, roleBindings } = informers;

  const reporter = createStatusReporter({ client, credspecs, events: options.events, log });
  const repairs = createRepairLimiter();
  const strays = createBindingSet();
  const context: CredspecReconcileContext = {
    client,
    caches: informers,
    strays,
    access: createAccessReconciler({ client, ...informers, strays }),
    reporter,
    admissionReady: paceAdmissionReady(() => options.admission.condition()),
    repairs,
    clock: systemClock,
    log,
  };

  async function observed(name: string, failures: number): Promise<WorkResult> {
    const ended = observer?.reconcileStarted();
    try {
      const result = await reconcileCredspec(context, name, failures);
      ended?.(result.type === 'done' ? 'success' : 'requeue_after');
      return result;
    } catch (error) {
      ended?.('error');
      throw error;
    }
  }

  const queue = createWorkQueue({
    concurrency: options.maxConcurrentReconciles,
    process: observed,
    onError: (name, error, failures) => {
      if (classifyError(error) === 'aborted') return;
      // Most failures pass at once; those that last are reported now and then.
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
    // Generated objects whose credspec is gone: orphaned, or deleted while there was no leader.
    for (const generated of [clusterRoles, roleBindings]) {
      for (const { name } of generated.values()) enqueueOwner(name, 'low');
    }
  }

  function enqueueOwner(generatedName: string, priority: Priority): void {
    const credspec = credspecOfGeneratedName(generatedName);
    if (credspec === undefined) return;
    const waitMs = repairs.waitMs(credspec);
    if (waitMs > 0) queue.addAfter(credspec, waitMs);
    else queue.add(credspec, priority);
  }

  /** Once a term: what happened to labels while nobody led shows in no cache. Never rejects. */
  async function findStrays(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        for await (const binding of listStrayBindings(client, signal)) {
          strays.add(binding);
          enqueueOwner(binding.name, 'high');
        }
        return;
      } catch (error) {
        failures++;
        if (failures === 3 || failures % 10 === 0) {
          log.warn('Cannot list the RoleBindings without the managed-by label, trying again', {
            failures,
            error,
          });
        }
        await sleep(backoffMs(failures, STRAYS_BACKOFF), signal).catch(() => undefined);
      }
    }
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
    credspecs.subscribe((change) => {
      queue.add(change.key, priorityOf(change));
    }),
    // Somebody edited or deleted a generated object: restore it.
    clusterRoles.subscribe((change) => {
      enqueueOwner(change.object.name, priorityOf(change));
    }),
    roleBindings.subscribe((change) => {
      // Or it only lost its label.
      if (change.type === 'deleted') strays.add(change.object);
      enqueueOwner(change.object.name, priorityOf(change));
    }),
    // A namespace appeared that entries were waiting for, or one that has bindings is terminating.
    namespaces.subscribe((change) => {
      for (const name of credspecsOfNamespace(change, credspecs.values())) {
        queue.add(name, priorityOf(change));
      }
    }),
    // AdmissionReady changed, which every status reports.
    options.admission.subscribe(() => {
      for (const { name } of credspecs.values()) queue.add(name, 'low');
    }),
  ];
  observer?.termStarted(() => reporter.summaries());
  await resync();
  const finding = findStrays();
  const timer = setInterval(
    () => void resync(),
    options.syncPeriodMs * (0.9 + 0.2 * Math.random()),
  );
  await aborted(signal);
  clearInterval(timer);
  for (const stop of unsubscribe) stop();
  await Promise.all([queue.stop(), finding]);
  observer?.termEnded();
}

/** How soon a change is handled: a first list or a resync can wait, a change of just now cannot. */
export function priorityOf({ source }: Pick<Change<unknown>, 'source'>): Priority {
  return source === 'list' ? 'low' : 'high';
}

/**
 * The credspecs that a change of a namespace concerns: an entry of theirs names it, and the namespace
 * appeared, is terminating or is gone. Other changes of a namespace concern no credspec.
 */
export function credspecsOfNamespace(
  { type, key, object }: Change<CachedNamespace>,
  credspecs: Iterable<Pick<CachedCredspec, 'allowedAnnotation' | 'name'>>,
): readonly string[] {
  if (type === 'updated' && !object.terminating) return [];
  return [...credspecs]
    .filter(({ allowedAnnotation }) => allowedAnnotation?.includes(`${key}/`) === true)
    .map(({ name }) => name);
}
