// SPDX-License-Identifier: Apache-2.0
// Turns the results of the leader's health checks into the condition `AdmissionReady` of every credspec.
// It turns to False slowly, because the operator writes each change to the status of every credspec.
import { type DesiredCondition, sameNews } from '../../api/conditions.ts';
import type { WebhookProblem } from './webhook-problems.ts';

/** Whether admission works, for the status of every credspec. */
export interface AdmissionReady {
  /** Undefined until something is known. */
  condition(): DesiredCondition<'AdmissionReady'> | undefined;
  /** Calls `listener` when the condition changes; returns how to end that. */
  subscribe(listener: () => void): () => void;
}

/**
 * The health of the webhooks of this operator. Its condition is undefined for {@link PATIENCE_MS} at most
 * from the first health check on.
 */
export interface WebhookHealth extends AdmissionReady {
  /** Takes in the result of a health check; `undefined`: the webhooks work. */
  observe(problem: WebhookProblem | undefined): 'changed' | 'unchanged';
  /** Forgets everything: what was observed in an earlier term of leadership says nothing. */
  reset(): void;
}

/** A problem that passes within this time is not reported. */
export const PATIENCE_MS = 30_000;

/** A problem that becomes another one is reported no more often than this. */
const OTHER_PROBLEM_MS = 60_000;

/** Another webhook serves admission: that of the platform, or the existing GMSA webhook. */
export const ADMISSION_ELSEWHERE: DesiredCondition<'AdmissionReady'> = {
  type: 'AdmissionReady',
  status: 'True',
  reason: 'ManagedElsewhere',
  message:
    'Admission is not served by this operator (--admission=false) but by a GMSA webhook installed beside it.',
};

const READY: DesiredCondition<'AdmissionReady'> = {
  type: 'AdmissionReady',
  status: 'True',
  reason: 'AdmissionReady',
  message: 'The admission webhooks are registered, and their certificate is valid.',
};

/** Nothing is known yet. `nowMs` reads a monotonic clock. */
export function createWebhookHealth(nowMs: () => number = () => performance.now()): WebhookHealth {
  const listeners = new Set<() => void>();
  let current: DesiredCondition<'AdmissionReady'> | undefined;
  let failingSince: number | undefined;
  let reportedAt = 0;

  function next(problem: WebhookProblem | undefined): typeof current {
    if (problem === undefined) {
      failingSince = undefined;
      return READY;
    }
    failingSince ??= nowMs();
    const waitMs = current?.status === 'False' ? OTHER_PROBLEM_MS : 0;
    if (nowMs() - failingSince < PATIENCE_MS || nowMs() - reportedAt < waitMs) return current;
    reportedAt = nowMs();
    return { type: 'AdmissionReady', status: 'False', ...problem };
  }

  return {
    condition: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    observe(problem) {
      const before = current;
      current = next(problem);
      if (current === undefined || (before !== undefined && sameNews(before, current))) {
        return 'unchanged';
      }
      for (const listener of listeners) listener();
      return 'changed';
    },
    reset() {
      current = undefined;
      failingSince = undefined;
      reportedAt = 0;
    },
  };
}
