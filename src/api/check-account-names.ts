// SPDX-License-Identifier: Apache-2.0
// Checks how accounts are written: the one that the container is, and all that are listed.
import { accountNameProblem, type AccountNameProblem } from './account-name.ts';
import {
  type ContentCheck,
  type ContentsPath,
  fieldName,
  type Finding,
} from './content-findings.ts';
import { quoted } from './printable.ts';
import { items, property, text } from './untyped.ts';

const CHECKS: Readonly<Record<AccountNameProblem['kind'], ContentCheck>> = {
  impossible: 'account-name-impossible',
  'too-long': 'account-name-too-long',
  'with-dollar': 'account-name-with-dollar',
  'with-domain': 'account-name-with-domain',
};

/** Every name of an account in these contents that Windows could not find, or might not. */
export function checkAccountNames(contents: unknown): readonly Finding[] {
  const listed = items(
    property(property(contents, 'ActiveDirectoryConfig'), 'GroupManagedServiceAccounts'),
  );
  const machine = property(property(contents, 'DomainJoinConfig'), 'MachineAccountName');
  return [
    ...checkName(machine, ['DomainJoinConfig', 'MachineAccountName']),
    ...listed.flatMap((entry, index) =>
      checkName(property(entry, 'Name'), [
        ...['ActiveDirectoryConfig', 'GroupManagedServiceAccounts'],
        ...[index, 'Name'],
      ]),
    ),
  ];
}

function checkName(value: unknown, path: ContentsPath): readonly Finding[] {
  const name = text(value);
  const problem = name === undefined ? undefined : accountNameProblem(name);
  if (name === undefined || problem === undefined) return [];
  return [
    {
      check: CHECKS[problem.kind],
      path,
      message: `${fieldName(path)} ${quoted(name)} ${problem.message}`,
    },
  ];
}
