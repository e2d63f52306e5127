// SPDX-License-Identifier: Apache-2.0
// What `can-use` answers. Pure.
import { escapeInvisible } from '../../api/printable.ts';
import type { AccessDecision } from '../../kube/client/access-review.ts';
import type { Answer } from '../answer.ts';
import { fillIn } from '../fill-in.ts';
import { formatTable } from '../table.ts';
import type { NotInForce } from './asked-not-in-force.ts';
import type { Grant, UseRequest } from './granting-bindings.ts';
import type { FoundGrants } from './review-use.ts';

/** What is known. */
export interface UseAnswer extends FoundGrants {
  readonly request: UseRequest;
  readonly review: AccessDecision;
  /** Undefined where nobody may say. */
  readonly serviceAccountExists: boolean | undefined;
  /** Set where it is not allowed although the annotation asks for it. */
  readonly notInForce: NotInForce | undefined;
}

/** Yes or no, why, and if no, the command that would allow it, or that shows what stands in the way. */
export function useAnswer(answer: UseAnswer): Answer {
  const { request, review, grants, notLookedAt, serviceAccountExists, notInForce } = answer;
  const { credspec, namespace, serviceAccount } = request;
  const command =
    notInForce?.next ??
    fillIn('kubectl gmsa allow <credspec> <namespace>/<service-account>', {
      credspec,
      namespace,
      'service-account': serviceAccount,
    });
  return {
    data: {
      credspec,
      serviceAccount: `${namespace}/${serviceAccount}`,
      allowed: review.allowed,
      ...(review.reason === undefined ? {} : { reason: review.reason }),
      grants,
      ...(notLookedAt.length === 0 ? {} : { notLookedAt }),
      ...(serviceAccountExists === undefined ? {} : { serviceAccountExists }),
      ...(notInForce === undefined
        ? {}
        : { notInForce: { entry: notInForce.entry, why: notInForce.why } }),
      ...(review.allowed ? {} : { command }),
    },
    text: (style) => {
      const lines = [review.allowed ? style.good('yes') : style.bad('no')];
      if (review.allowed && grants.length > 0) lines.push('', table(grants).trimEnd());
      else if (review.reason !== undefined) lines.push(escapeInvisible(review.reason));
      if (notLookedAt.length > 0 && review.allowed) {
        lines.push(
          style.faint(`You may not read all ${notLookedAt.join(' and ')}: there may be more.`),
        );
      }
      if (serviceAccountExists === false) {
        lines.push(
          style.doubtful(`There is no service account ${namespace}/${serviceAccount} (yet).`),
        );
      }
      if (notInForce !== undefined) {
        lines.push(
          `The annotation allows it (${notInForce.entry}), which is not in force: ${escapeInvisible(notInForce.why)}`,
          `Next: ${style.strong(command)}`,
        );
      } else if (!review.allowed) lines.push(`This would allow it: ${style.strong(command)}`);
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

function table(grants: readonly Grant[]): string {
  return formatTable(
    ['THROUGH', 'ROLE', 'FOR'],
    grants.map(({ kind, name, namespace, role, subject }) => [
      `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
      `${role.kind} ${role.name}`,
      subject,
    ]),
  );
}
