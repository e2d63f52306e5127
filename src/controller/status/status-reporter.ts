// SPDX-License-Identifier: Apache-2.0
// Reports the state of a credspec: status on the API server, Events, log lines, metrics. Each is written
// only when it changes.
import { API_VERSION, type CredspecStatus, KIND } from '../../api/credspec.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { discover, schemaHash, type Served } from '../../kube/client/discovery.ts';
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import type { Logger } from '../../kube/logger.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import type { AccessOutcome } from '../access/access-outcome.ts';
import {
  asksForTheSame,
  type CachedCredspec,
  credspecResource,
  decodeCredspec,
} from '../cached-credspec.ts';
import { parseSerializedStatus, serializeStatus } from './serialized-status.ts';
import { type News, repairNews, statusNews } from './status-news.ts';
import { writeStatus } from './write-status.ts';

/** A condition as metrics count it. */
export interface ConditionSummary {
  readonly condition: string;
  readonly status: string;
  readonly reason: string;
}

/** Reports what reconciles find. */
export interface StatusReporter {
  /** The status that was reported last, wherever it is kept. */
  previous(credspec: CachedCredspec): CredspecStatus | undefined;
  /** Reports a status, and what was repaired on the way to it. @throws what the client throws. */
  report(credspec: CachedCredspec, status: CredspecStatus, access: AccessOutcome): Promise<void>;
  /** Writes an Event and a log line for each piece of news. */
  tell(credspec: CachedCredspec, news: readonly News[]): void;
  /** Forgets a credspec that is gone. */
  forget(name: string): void;
  /** Looks again whether the installed CRD keeps a status. Called at start and on every resync. */
  refresh(): Promise<Served>;
  /** The reported conditions of every credspec, for metrics. */
  summaries(): Iterable<readonly [name: string, conditions: readonly ConditionSummary[]]>;
}

const STATUS_NOT_KEPT =
  'The installed CustomResourceDefinition gmsacredentialspecs.windows.k8s.io has no status subresource: conditions are told by Events and metrics only; apply crds/ of this version to see them in kubectl get';

const STATUS_DROPPED =
  'The installed CustomResourceDefinition gmsacredentialspecs.windows.k8s.io drops a part of the status: apply crds/ of this version';

/** A reporter for one term of leadership. */
export function createStatusReporter(context: {
  readonly client: KubeClient;
  readonly credspecs: Informer<CachedCredspec>;
  readonly events: EventRecorder;
  readonly log: Logger;
}): StatusReporter {
  const { client, credspecs, events, log } = context;
  /**
   * Statuses that the API server cannot hold: an existing cluster's own CRD has no status
   * subresource, and an older one of ours drops the fields that it does not know.
   */
  const keptHere = new Map<string, { readonly uid: string; readonly serialized: string }>();
  const summaries = new Map<string, readonly ConditionSummary[]>();
  let statusIsServed = true;
  /** The schema that had the chance to keep what is in `keptHere`. */
  let offeredSchema: string | undefined;
  const saidOnce = new Set<string>();

  function serializedPrevious(credspec: CachedCredspec): string {
    const kept = keptHere.get(credspec.name);
    return kept?.uid === credspec.uid ? kept.serialized : credspec.status;
  }

  async function report(
    credspec: CachedCredspec,
    status: CredspecStatus,
    access: AccessOutcome,
  ): Promise<void> {
    const before = serializedPrevious(credspec);
    const serialized = serializeStatus(status);
    summaries.set(credspec.name, summarize(status));
    const previous = parseSerializedStatus(before);
    tell(credspec, repairNews(previous, access));
    if (serialized === before) return;
    await write(credspec, status, serialized);
    // After the write: one that fails is tried again, and must not produce the same Events twice.
    tell(credspec, statusNews(previous, status));
  }

  async function write(
    credspec: CachedCredspec,
    status: CredspecStatus,
    serialized: string,
  ): Promise<void> {
    const keep = (): void => {
      keptHere.set(credspec.name, { uid: credspec.uid, serialized });
    };
    if (!statusIsServed) {
      keep();
      return;
    }
    let live: RawObject;
    try {
      live = await writeStatus(client, credspec, status);
    } catch (error) {
      // Either the CRD keeps no status, or the credspec is gone, of which the watch will tell: the
      // next try finds out.
      if (classifyError(error) !== 'not-found' || (await refresh()) !== 'without-status') {
        throw error;
      }
      keep();
      return;
    }
    const written = decodeCredspec(live);
    if (written.status === serialized) keptHere.delete(credspec.name);
    else {
      keep();
      warnOnce(STATUS_DROPPED);
    }
    // A change of the user's that came in between must reach the listeners through the watch.
    if (asksForTheSame(written, credspec)) credspecs.observe(live);
  }

  async function refresh(): Promise<Served> {
    const served = await discover(client, credspecResource);
    if (served !== 'not-served') statusIsServed = served === 'with-status';
    if (served === 'without-status') {
      offeredSchema = undefined;
      warnOnce(STATUS_NOT_KEPT);
    } else if (served === 'with-status' && keptHere.size > 0) {
      // What another schema may be able to keep is offered to it again.
      const schema = await schemaHash(client, credspecResource);
      if (schema !== offeredSchema) keptHere.clear();
      offeredSchema = schema;
    }
    return served;
  }

  function tell(credspec: CachedCredspec, news: readonly News[]): void {
    for (const { type, reason, action, note } of news) {
      log[type === 'Warning' ? 'warn' : 'info'](note, { credspec: credspec.name, reason });
      events.record({
        regarding: {
          apiVersion: API_VERSION,
          kind: KIND,
          name: credspec.name,
          uid: credspec.uid,
          resourceVersion: credspec.resourceVersion,
        },
        type,
        reason,
        action,
        note,
      });
    }
  }

  function warnOnce(message: string): void {
    if (saidOnce.has(message)) return;
    saidOnce.add(message);
    log.warn(message);
  }

  return {
    previous: (credspec) => parseSerializedStatus(serializedPrevious(credspec)),
    report,
    tell,
    forget: (name) => {
      summaries.delete(name);
      keptHere.delete(name);
    },
    refresh,
    summaries: () => summaries.entries(),
  };
}

function summarize({ conditions = [] }: CredspecStatus): readonly ConditionSummary[] {
  return conditions.map(({ type, status, reason }) => ({ condition: type, status, reason }));
}
