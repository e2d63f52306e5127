// SPDX-License-Identifier: Apache-2.0
// Turns the results of the leader's health checks into the condition `AdmissionReady` of every credspec.
// It turns to False slowly, because the operator writes each change to the status of every credspec.
import { type DesiredCondition, sameNews } from '../../api/conditions.ts';
import type { WebhookProblem } from './webhook-problems.ts';

/** The condition, as far as it is known. */
export interface WebhookHealth {
  /** Undefined until something is known: for {@link PATIENCE_MS} at most from the first look on. */
  condition(): DesiredCondition<'AdmissionReady'> | undefined;
  /** Takes in what a look has shown; `undefined`: all is well. Returns whether the condition changed. */
  observe(problem: WebhookProblem | undefined): 'changed' | 'unchanged';
}

/** Trouble that passes within this time is nobody's business. */
export const PATIENCE_MS = 30_000;

/** One trouble that becomes another is told no more often than this. */
const OTHER_TROUBLE_MS = 60_000;

/** Admission is somebody else's: of the platform, or of the existing webhook. */
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

/** Nothing known yet. `nowMs` is a monotonic clock. */
export function createWebhookHealth(nowMs: () => number = () => performance.now()): WebhookHealth {
  let current: DesiredCondition<'AdmissionReady'> | undefined;
  let troubleSince: number | undefined;
  let toldAt = 0;

  return {
    condition: () => current,
    observe(problem) {
      const before = current;
      if (problem === undefined) {
        troubleSince = undefined;
        current = READY;
      } else {
        troubleSince ??= nowMs();
        const waitMs = current?.status === 'False' ? OTHER_TROUBLE_MS : 0;
        if (nowMs() - troubleSince >= PATIENCE_MS && nowMs() - toldAt >= waitMs) {
          toldAt = nowMs();
          current = { type: 'AdmissionReady', status: 'False', ...problem };
        }
      }
      if (before === undefined || current === undefined) {
        return before === current ? 'unchanged' : 'changed';
      }
      return sameNews(before, current) ? 'unchanged' : 'changed';
    },
  };
}
