// SPDX-License-Identifier: Apache-2.0
// Leader election on a Lease, by the rules of client-go's: candidates agree on nobody's clock but
// their own, a leader stops before others may start, and whoever loses stands again.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { aborted, withTimeout } from '../wait/abort.ts';
import { classifyError, type ErrorKind, errorMessage } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import { type Clock, systemClock } from '../wait/clock.ts';
import type { LeaseReference } from './lease.ts';
import { createLeaseLock, type LeaseLock } from './lease-lock.ts';
import { type Leadership, startTerm, type Term } from './leadership.ts';
import type { Logger } from '../logger.ts';

/** What a candidate brings. Times in milliseconds. */
export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly lease: LeaseReference;
  /** Unique per process, not per pod or machine: see {@link candidateIdentity}. */
  readonly identity: string;
  /** How long others leave an unchanged Lease alone. */
  readonly leaseDurationMs: number;
  /** How long a leader leads after its last renewal; less than the lease duration. */
  readonly renewDeadlineMs: number;
  /** Between two attempts, and between two renewals; a fifth is added at random. */
  readonly retryPeriodMs: number;
  /** Aborted to step down and stop standing. */
  readonly signal: AbortSignal;
  /**
   * The leader's work, which has to end soon after `leadership.signal` is aborted: the Lease is
   * released when it has. If it throws before, the candidate steps down.
   */
  readonly onStartedLeading: (leadership: Leadership) => Promise<void> | void;
  /** Called as soon as leadership has ended; the work may still be stopping. */
  readonly onStoppedLeading?: () => void;
  /** Called with every other holder's identity that the Lease is seen to name, and with our own. */
  readonly onNewLeader?: (identity: string) => void;
  readonly log: Logger;
  /** Field manager of the writes; default: what the API server makes of the user agent. */
  readonly fieldManager?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** client-go's: renewals are late by up to a fifth of the retry period. */
const JITTER_FACTOR = 1.2;

/** A failure that goes on is logged again after this time. */
const REPEAT_FAILURE_AFTER_MS = 60_000;

/**
 * A new identity for this process: the host name, which in a pod is that of the pod, and a UUID, because after a
 * restart the container must not take the Lease for its own. Container runtimes set `HOSTNAME`.
 */
export function candidateIdentity(env: NodeJS.ProcessEnv = process.env): string {
  return `${env['HOSTNAME'] ?? hostname()}_${randomUUID()}`;
}

/**
 * Stands for election until `signal` is aborted, and leads whenever it is elected. Resolves when it
 * has stepped down: the work has ended and the Lease is released, or is left to expire if it could
 * not be. Trouble with the API server is logged and outlived.
 * @throws Error only where the options contradict each other.
 */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  assertConsistent(options);
  const candidate = createCandidate(options);
  while (!options.signal.aborted) {
    const sentMs = await candidate.standForElection();
    if (sentMs !== undefined) await candidate.lead(sentMs);
  }
}

function createCandidate(options: LeaderElectionOptions) {
  const { identity, leaseDurationMs, renewDeadlineMs, retryPeriodMs, signal } = options;
  const { clock = systemClock, random = Math.random } = options;
  const log = options.log.child({ lease: `${options.lease.namespace}/${options.lease.name}` });
  const lock = createLeaseLock({ ...options, clock });
  let reported: { readonly text: string; readonly atMs: number } | undefined;
  let knownLeader: string | undefined;

  /** Resolves when the Lease was acquired by a request sent at that moment; undefined: aborted. */
  async function standForElection(): Promise<number | undefined> {
    while (!signal.aborted) {
      let waitMs = jitteredRetryMs();
      try {
        const outcome = await attempt('acquire', signal);
        if (outcome.type === 'held') return outcome.sentMs;
        if (outcome.type === 'taken') {
          meetLeader(outcome.holder);
          waitMs = Math.min(waitMs, outcome.freeInMs);
        }
      } catch (error) {
        reportFailure('Cannot acquire the Lease', error, signal);
      }
      await pause(waitMs, signal);
    }
    return undefined;
  }

  async function lead(sentMs: number): Promise<void> {
    const term = startTerm({ clock, renewDeadlineMs, sentMs });
    const ended = term.leadership.signal;
    if (ended.aborted) return;
    const stepDown = (): void => {
      term.end('stepping down');
    };
    signal.addEventListener('abort', stepDown, { once: true });
    log.info('Became the leader', { identity });
    meetLeader(identity);
    const work = startWork(term);
    await renewUntilEnded(term);
    signal.removeEventListener('abort', stepDown);
    log.info('Stopped leading', { identity, reason: errorMessage(ended.reason) });
    options.onStoppedLeading?.();
    await finish(work);
  }

  /** Resolves to whether the work ended as asked; a failure ends the term. */
  async function startWork(term: Term): Promise<'failed' | 'stopped'> {
    try {
      await options.onStartedLeading(term.leadership);
      return 'stopped';
    } catch (error) {
      if (term.leadership.signal.aborted) return 'stopped';
      log.error("The leader's work failed; stepping down", { error });
      term.end("the leader's work failed");
      return 'failed';
    }
  }

  async function renewUntilEnded(term: Term): Promise<void> {
    const ended = term.leadership.signal;
    // A signal that was aborted before there was a listener tells nobody.
    if (signal.aborted) term.end('stepping down');
    await pause(jitteredRetryMs(), ended);
    while (!ended.aborted) {
      try {
        const outcome = await attempt('renew', ended);
        if (outcome.type === 'held') {
          term.renewed(outcome.sentMs);
        } else if (outcome.type === 'taken') {
          term.end(`the Lease is now held by "${outcome.holder}"`);
        }
      } catch (error) {
        reportFailure('Cannot renew the Lease', error, ended);
      }
      await pause(jitteredRetryMs(), ended);
    }
  }

  /** Waits for the work to stop, and makes way for others where we will not stand again at once. */
  async function finish(work: Promise<'failed' | 'stopped'>): Promise<void> {
    const result = await withTimeout({ clock, ms: leaseDurationMs }, () => work).catch(
      () => undefined,
    );
    if (result === undefined) {
      log.warn("The leader's work has not stopped yet; the Lease is left to expire", { identity });
      // Standing again before it has would make two leaders of one process.
      if (!signal.aborted) await Promise.race([work, aborted(signal)]);
      return;
    }
    if (!signal.aborted && result === 'stopped') return;
    try {
      await withTimeout({ clock, ms: renewDeadlineMs / 2 }, (timeout) => lock.release(timeout));
      log.info('Released the Lease', { identity });
    } catch (error) {
      log.warn('Could not release the Lease; it will expire', { error });
    }
    // What failed here may succeed elsewhere.
    if (result === 'failed') await pause(leaseDurationMs, signal);
  }

  async function attempt(
    step: 'acquire' | 'renew',
    abort: AbortSignal,
  ): ReturnType<LeaseLock['renew']> {
    // Half the deadline: one connection that hangs must leave time for another try.
    const outcome = await withTimeout({ clock, ms: renewDeadlineMs / 2, parent: abort }, (s) =>
      lock[step](s),
    );
    if (reported !== undefined) log.info('The Lease can be read and written again');
    reported = undefined;
    return outcome;
  }

  /** Logs a failure when it is new, then once a minute. */
  function reportFailure(message: string, error: unknown, until: AbortSignal): void {
    if (until.aborted) return;
    const text = `${message}: ${errorMessage(error)}`;
    const atMs = clock.monotonicMs();
    if (reported?.text === text && atMs - reported.atMs < REPEAT_FAILURE_AFTER_MS) return;
    reported = { text, atMs };
    log.error(message, { error, ...hintFor(error, options.lease) });
  }

  function meetLeader(holder: string): void {
    if (holder === knownLeader || holder === '') return;
    knownLeader = holder;
    if (holder !== identity) log.info('Another replica leads', { leader: holder });
    options.onNewLeader?.(holder);
  }

  function jitteredRetryMs(): number {
    return retryPeriodMs * (1 + (JITTER_FACTOR - 1) * random());
  }

  function pause(ms: number, until: AbortSignal): Promise<void> {
    return clock.sleep(ms, until).catch(() => undefined);
  }

  return { standForElection, lead };
}

/** What an administrator can do about a failure to read or write the Lease. */
function hintFor(error: unknown, { namespace, name }: LeaseReference): { readonly hint?: string } {
  const hints: Partial<Record<ErrorKind, string>> = {
    forbidden: `grant the operator's service account get, create and update on leases.coordination.k8s.io named "${name}" in the namespace "${namespace}"`,
    'not-found': `does the namespace "${namespace}" exist?`,
    terminating: `the namespace "${namespace}" is being deleted`,
    unauthorized: 'the API server does not accept our credentials',
  };
  const hint = hints[classifyError(error)];
  return hint === undefined ? {} : { hint };
}

function assertConsistent(options: LeaderElectionOptions): void {
  const { identity, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = options;
  if (identity === '') throw new Error('leader election: the identity is empty');
  if (!(leaseDurationMs > renewDeadlineMs)) {
    throw new Error('leader election: the lease duration must be longer than the renew deadline');
  }
  if (!(renewDeadlineMs > retryPeriodMs * JITTER_FACTOR && retryPeriodMs > 0)) {
    throw new Error(
      `leader election: the renew deadline must be longer than the retry period times ${JITTER_FACTOR}`,
    );
  }
}
