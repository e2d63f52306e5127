// SPDX-License-Identifier: Apache-2.0
// Where a credspec stands by what the plugin sees itself: where no status tells of it, because the
// CustomResourceDefinition keeps none, or because the credspec violates the schema. Pure.
import {
  invalidEntriesMessage,
  parseAllowedServiceAccounts,
} from '../../api/allowed-service-accounts.ts';
import { checkContents } from '../../api/check-contents.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type GMSACredentialSpec,
} from '../../api/credspec.ts';
import { listed } from '../../api/printable.ts';
import { type GeneratedAccess, generatedAccess } from '../generated-access/generated-access.ts';
import type { GeneratedLookup } from '../generated-access/read-generated.ts';
import { mapRead, type Reading } from './reading.ts';

/** What is seen. */
export interface SeenHere {
  /** Who may use it, by the RoleBindings. */
  readonly access: Reading<GeneratedAccess>;
  /** What is wrong with contents and annotation: what the condition Valid would say. */
  readonly problems: readonly string[];
  /** What looks wrong and may yet work. */
  readonly warnings: readonly string[];
}

/** Looks at one. */
export function seenHere(
  credspec: GMSACredentialSpec,
  generated: Reading<GeneratedLookup>,
): SeenHere {
  const { name, annotations } = credspec.metadata;
  const { errors, warnings } = checkContents(credspec.credspec);
  const entries = invalidEntriesMessage(
    parseAllowedServiceAccounts(annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]),
  );
  return {
    access: mapRead(generated, (lookUp) => generatedAccess(credspec, lookUp(name))),
    problems: entries === undefined ? errors : [...errors, entries],
    warnings,
  };
}

/** Whether nothing is wrong, and the annotation is in force. */
export function isInOrder({ access, problems }: SeenHere): boolean {
  return problems.length === 0 && access.type === 'read' && access.value.pending.length === 0;
}

/** In the column REASON, after the reason why there is no status. */
export function seenReason({ access, problems }: SeenHere): string {
  if (problems.length > 0) return 'contents or annotation are wrong';
  if (access.type !== 'read') return 'RoleBindings may not be read';
  return access.value.pending.length === 0
    ? 'the annotation is in force'
    : 'the annotation is not in force';
}

/** For programs. */
export function seenData({ access, problems }: SeenHere): object {
  return {
    statusKept: false,
    annotationInForce: access.type === 'read' ? access.value.pending.length === 0 : null,
    problems,
  };
}

const LOOK_FURTHER = 'kubectl gmsa doctor looks for the cause.';

/** What keeps the annotation from being in force; undefined where it is. A line. */
export function pendingText({ access }: SeenHere): string | undefined {
  if (access.type !== 'read') {
    return 'You may not read RoleBindings: whether its annotation is in force is left out.';
  }
  const { pending, foreign } = access.value;
  if (pending.length === 0) return undefined;
  const others = foreign.length === 0 ? '' : ` Not the operator's: ${listed(foreign)}.`;
  const what = `Its annotation is not in force in: ${listed(pending)}.${others}`;
  return `${what} ${LOOK_FURTHER}`;
}
