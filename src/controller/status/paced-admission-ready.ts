// SPDX-License-Identifier: Apache-2.0
// Limits how many statuses change per second because AdmissionReady changed. Every credspec's status
// reports that condition, and ten thousand writes at once would be an outage of their own.
import { type DesiredCondition, sameNews } from '../../api/conditions.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import { createTokenBucket } from '../../kube/wait/token-bucket.ts';

/** The condition AdmissionReady that a credspec's status is to report now. */
export type PacedAdmissionReady =
  | { readonly type: 'report'; readonly condition: DesiredCondition<'AdmissionReady'> }
  /** Nothing is known yet. */
  | { readonly type: 'unknown' }
  /** The rate limit is reached: the status keeps its previous condition for now. */
  | { readonly type: 'wait'; readonly condition: DesiredCondition<'AdmissionReady'> };

/** Statuses that are allowed to change in a second for this reason. */
const PER_SECOND = 100;

/**
 * Decides for one credspec after the other. `current` returns the condition as it is known, `nowMs` reads a
 * monotonic clock.
 */
export function paceAdmissionReady(
  current: () => DesiredCondition<'AdmissionReady'> | undefined,
  nowMs: () => number = () => performance.now(),
): (previous: CredspecStatus | undefined) => PacedAdmissionReady {
  const tokens = createTokenBucket({ burst: PER_SECOND, refillMs: 1000 / PER_SECOND });

  return (previous) => {
    const condition = current();
    const reported = reportedBefore(previous);
    if (condition === undefined) {
      return reported === undefined ? { type: 'unknown' } : { type: 'report', condition: reported };
    }
    // A new status is written in any case.
    if (reported === undefined || sameNews(reported, condition) || tokens.take(nowMs())) {
      return { type: 'report', condition };
    }
    return { type: 'wait', condition: reported };
  };
}

function reportedBefore(
  previous: CredspecStatus | undefined,
): DesiredCondition<'AdmissionReady'> | undefined {
  const reported = previous?.conditions?.find(({ type }) => type === 'AdmissionReady');
  if (reported === undefined) return undefined;
  const { status, reason, message } = reported as DesiredCondition<'AdmissionReady'>;
  return { type: 'AdmissionReady', status, reason, message };
}
