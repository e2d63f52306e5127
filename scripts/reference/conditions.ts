// SPDX-License-Identifier: Apache-2.0
// The conditions of a credspec and their reasons.
import { READY_NOTES } from '../../src/api/conditions.ts';
import { code, table } from './markdown.ts';
import { REASON_MEANINGS, type ReasonMeaning } from './texts/condition-meanings.ts';

/** A reason of a condition, and the condition. */
export interface Reason extends ReasonMeaning {
  readonly type: string;
  readonly reason: string;
}

/** All reasons, in the order in which `Ready` looks at the conditions. */
export const REASONS: readonly Reason[] = Object.entries(REASON_MEANINGS).flatMap(
  ([type, reasons]) =>
    Object.entries<ReasonMeaning>(reasons).map(([reason, meaning]) => ({
      type,
      reason,
      ...meaning,
    })),
);

/** What each reason means. */
export function conditionTable(): string {
  return table(
    ['condition', 'status', 'reason', 'means'],
    REASONS.map(({ type, status, reason, means }, index) => [
      type === REASONS[index - 1]?.type ? '' : code(type),
      code(status),
      code(reason),
      means,
    ]),
  );
}

/** What to do about each reason that `kubectl get` can show. */
export function reasonsInShort(): string {
  const shown: readonly string[] = ['Ready', ...READY_NOTES];
  const isShown = ({ status, reason }: Reason): boolean =>
    status === 'False' || shown.includes(reason);
  return table(
    ['`READY`', '`REASON`', 'what to do'],
    REASONS.filter(isShown)
      .toSorted((a, b) => Number(a.status === 'False') - Number(b.status === 'False'))
      .map(({ status, reason, remedy }) => [code(status), code(reason), remedy]),
  );
}
