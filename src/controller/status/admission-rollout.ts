// SPDX-License-Identifier: Apache-2.0
// Every credspec's status tells whether admission works, so that one change concerns all of them. They
// learn of it one after the other: ten thousand writes at once would be an outage of their own.
import { type DesiredCondition, sameNews } from '../../api/conditions.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import { createTokenBucket } from '../../kube/wait/token-bucket.ts';

/** What a credspec's status is to say of admission now. */
export type AdmissionNews =
  | { readonly type: 'tell'; readonly condition: DesiredCondition<'AdmissionReady'> }
  /** Nothing is known yet. */
  | { readonly type: 'unknown' }
  /** It is not its turn yet: it goes on saying what it said. */
  | { readonly type: 'wait'; readonly condition: DesiredCondition<'AdmissionReady'> };

/** Statuses that may change for this reason in a second. */
const PER_SECOND = 100;

/**
 * Decides for one credspec after the other what its status says. `current` tells the condition as it is
 * known, `nowMs` is a monotonic clock.
 */
export function createAdmissionRollout(
  current: () => DesiredCondition<'AdmissionReady'> | undefined,
  nowMs: () => number = () => performance.now(),
): (previous: CredspecStatus | undefined) => AdmissionNews {
  const tokens = createTokenBucket({ burst: PER_SECOND, refillMs: 1000 / PER_SECOND });
  return (previous) => {
    const condition = current();
    const told = toldBefore(previous);
    if (condition === undefined) {
      return told === undefined ? { type: 'unknown' } : { type: 'tell', condition: told };
    }
    // A status that is new is written anyway.
    if (told === undefined || sameNews(told, condition) || tokens.take(nowMs())) {
      return { type: 'tell', condition };
    }
    return { type: 'wait', condition: told };
  };
}

function toldBefore(
  previous: CredspecStatus | undefined,
): DesiredCondition<'AdmissionReady'> | undefined {
  const told = previous?.conditions?.find(({ type }) => type === 'AdmissionReady');
  if (told === undefined) return undefined;
  const { status, reason, message } = told as DesiredCondition<'AdmissionReady'>;
  return { type: 'AdmissionReady', status, reason, message };
}
