// SPDX-License-Identifier: Apache-2.0
// Of a credspec's report, who may use it, and whose word that is. Pure.
import { fillIn } from '../../fill-in.ts';
import { pendingText } from '../seen-here.ts';
import type { CredspecReport } from './report.ts';
import { rowsText } from './rows-text.ts';

/** What the status speaks of; nothing where that is the credspec as it is now. */
export function observationText({ name, observation }: CredspecReport): readonly string[] {
  switch (observation) {
    case 'untold':
      return [
        fillIn(
          'The CustomResourceDefinition keeps no status. What the operator says of it: kubectl describe gmsacredentialspec <credspec>\n',
          { credspec: name },
        ),
      ];
    case 'refused':
      return [
        fillIn(
          'No status speaks of it as it is now. It violates the schema, and an API server can refuse a status for that; kubectl gmsa doctor shows whether the operator runs. Access by its annotation is read from the RoleBindings. To fix: kubectl edit gmsacredentialspec <credspec>\n',
          { credspec: name },
        ),
      ];
    case 'never':
      return ['No operator has looked at it yet: kubectl gmsa doctor shows why.\n'];
    case 'behind':
      return ['What follows is of an earlier version of it: kubectl gmsa doctor shows why.\n'];
    case 'current':
      return [];
  }
}

/** Where no table shows who may use it, or not as its annotation says. */
export function accessText(report: CredspecReport): readonly string[] {
  const { name, bindings, missingNamespaces, asksForAccess, seen } = report;
  const pending = seen && pendingText(seen);
  if (pending !== undefined) return [`\n${pending}\n`];
  if (bindings.length + missingNamespaces.length > 0) return [];
  return [
    asksForAccess
      ? '\nNobody may use it by its annotation yet: what that allows is not in force.\n'
      : fillIn(
          '\nIts annotation allows nobody: kubectl gmsa allow <credspec> NAMESPACE/NAME allows somebody.\n',
          { credspec: name },
        ),
  ];
}

/** Bindings of its ClusterRole that the annotation says nothing of. */
export function otherBindingsText(report: CredspecReport): readonly string[] {
  const { otherBindings, bindingsNotLookedAt } = report;
  return [
    ...rowsText(
      ['BOUND BY OTHERS', 'ALLOWS'],
      otherBindings.map(({ kind, namespace, name, subjects }) => [
        `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
        subjects.length === 0 ? 'nobody' : subjects.join(', '),
      ]),
    ),
    ...(bindingsNotLookedAt.length === 0
      ? []
      : [
          `\nYou are not allowed to list ${bindingsNotLookedAt.join(' and ')}: access that others have granted there is left out.\n`,
        ]),
  ];
}
