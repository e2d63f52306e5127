// SPDX-License-Identifier: Apache-2.0
// Whether pods are made at all. Pure.
import type { Refusal, RefusalReason } from '../../refusal.ts';
import { shownMessage } from '../../shown-message.ts';
import { type Reading, valueOr } from '../../reading.ts';
import { eventsUnread } from '../events-unread.ts';
import { broken, doubtful, holds, unknown, type Verdict } from '../link.ts';
import type { RemedyName } from '../remedies.ts';

/** What is known of a workload's pods; a pod that was named by itself is there. */
export interface PodSupply {
  /** Pods that it lacks. */
  readonly missing: number;
  readonly present: number;
  /** Why it is to have none, in words. */
  readonly wantsNone?: string | undefined;
  /** Pods of its current generation that could not be made, the latest last. */
  readonly failures: Reading<readonly Refusal[]>;
}

const REMEDY: Readonly<Record<RefusalReason, RemedyName>> = {
  'not-authorized': 'not-authorized',
  'no-such-credspec': 'no-such-credspec',
  'no-contents': 'no-contents',
  'contents-wrong': 'contents-given',
  'contents-not-filled-in': 'webhook-did-not-run',
  'nobody-answers': 'nobody-answers',
  undecided: 'undecided',
  other: 'refused',
};

/** Judges it. */
export function judgeAdmission({ missing, present, wantsNone, failures }: PodSupply): Verdict {
  if (present === 0 && wantsNone !== undefined) {
    return unknown(`there is to be no pod: ${wantsNone}`, 'wants-no-pods');
  }
  const latest = valueOr(failures, []).at(-1);
  if (missing > 0 && latest !== undefined) {
    const { reason, owner, namespace, credspec, serviceAccount, message, count } = latest;
    return broken(`refused ${times(count)}: ${shownMessage(message)}`, REMEDY[reason], {
      // kubectl takes `replicaset/NAME`, in lower case.
      owner: owner.toLowerCase().replace(' ', '/'),
      namespace,
      ...(credspec === undefined ? {} : { credspec }),
      ...(serviceAccount === undefined ? {} : { 'service-account': serviceAccount }),
    });
  }
  if (failures.type !== 'read' && (present === 0 || missing > 0)) {
    const lack = present === 0 ? 'there is no pod' : `${missing} of its pods are missing`;
    const judge = present === 0 ? broken : doubtful;
    return judge(`${lack}, and ${eventsUnread(failures)}`, 'may-not-list-events');
  }
  if (present === 0) return broken('there is no pod, and no Event says why', 'no-pods');
  if (missing > 0) return doubtful(`${missing} of its pods are missing`, 'no-pods');
  return holds(
    latest === undefined
      ? 'the pod was admitted'
      : `the pod was admitted; others were refused ${times(latest.count)} before`,
  );
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
