// SPDX-License-Identifier: Apache-2.0
// What a credential spec is made of, value by value: the flag that gives each, and how it is asked for.
// Pure.
import { accountNameProblem } from '../../api/account-name.ts';
import { findInContents } from '../../api/check-contents.ts';
import { placeholderProblem } from '../../api/check-placeholders.ts';
import type { DomainJoinConfig } from '../../api/credspec.ts';
import { quoted } from '../../api/printable.ts';
import { contentsFrom, type GenerateInput } from './generate-contents.ts';

/** A value that is needed. */
export interface WantedValue {
  /** Name of the flag that gives it. */
  readonly flag: string;
  readonly question: string;
  /** What to take where the answer is empty, from the values that are known. */
  readonly fallback?: (known: KnownValues) => string | undefined;
  /** Whether the fallback is taken unasked where nobody can be asked. */
  readonly optional?: true;
  /** What is wrong with a value, as a sentence. */
  readonly problem: (value: string) => string | undefined;
}

/** Values by the names of their flags. */
export type KnownValues = ReadonlyMap<string, string>;

/** The values that every credential spec needs, in the order of asking. */
export const DOMAIN_VALUES: readonly WantedValue[] = [
  {
    flag: 'account',
    question: 'Name of the account, without domain',
    problem: accountProblem,
  },
  {
    flag: 'domain',
    question: 'DNS name of its domain',
    problem: problemAt('DnsName', (domain) => ({ domain, forest: domain })),
  },
  {
    flag: 'netbios',
    question: 'NetBIOS name of the domain',
    fallback: (known) => known.get('domain')?.split('.')[0]?.toUpperCase(),
    problem: problemAt('NetBiosName', (netbios) => ({ netbios })),
  },
  {
    flag: 'sid',
    question: 'SID of the domain, (Get-ADDomain).DomainSID',
    problem: problemAt('Sid', (sid) => ({ sid })),
  },
  {
    flag: 'guid',
    question: 'GUID of the domain, (Get-ADDomain).ObjectGUID',
    problem: problemAt('Guid', (guid) => ({ guid })),
  },
  {
    flag: 'forest',
    question: "DNS name of the forest's root domain",
    fallback: (known) => known.get('domain'),
    optional: true,
    problem: problemAt('DnsTreeName', (forest) => ({ domain: forest, forest })),
  },
];

/** What is wrong with the name of an account, as a sentence. The "$" at its end is removed later. */
export function accountProblem(written: string): string | undefined {
  const name = written.replace(/\$$/, '');
  if (name === '') {
    return `${quoted(written)} is not the name of an account. Write the name alone, as in WebApp1.`;
  }
  const { kind, message } = accountNameProblem(name) ?? {};
  // A long name only looks wrong: it is reported with the credential spec.
  const problem = placeholderProblem(name) ?? (kind === 'too-long' ? undefined : message);
  return problem && `${quoted(name)} ${problem}`;
}

/** What the operator's checks say on a value in this field, among others that fit it. */
function problemAt(
  field: keyof DomainJoinConfig,
  around: (value: string) => Partial<GenerateInput>,
): (value: string) => string | undefined {
  return (value) =>
    findInContents(contentsFrom({ ...EXAMPLE, ...around(value) })).find(
      ({ path }) => path.at(-1) === field,
    )?.message;
}

/** Values that no check faults, around the one that is looked at. */
const EXAMPLE: GenerateInput = {
  account: 'WebApp1',
  domain: 'contoso.com',
  netbios: 'CONTOSO',
  sid: 'S-1-5-21-1-2-3',
  guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
  forest: 'contoso.com',
  additionalAccounts: [],
  host: undefined,
};
