// SPDX-License-Identifier: Apache-2.0
// What a credential spec is made of, value by value: the flag that gives each, and how it is asked for.
// Pure.
import { findInContents } from '../../api/check-contents.ts';
import type { CredentialSpecContents } from '../../api/credspec.ts';
import { quoted } from '../../api/printable.ts';
import { contentsFrom } from './generate-contents.ts';

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
    problem: problemAt('DnsName'),
  },
  {
    flag: 'netbios',
    question: 'NetBIOS name of the domain',
    fallback: (known) => known.get('domain')?.split('.')[0]?.toUpperCase(),
    problem: problemAt('NetBiosName'),
  },
  {
    flag: 'sid',
    question: 'SID of the domain, (Get-ADDomain).DomainSID',
    problem: problemAt('Sid'),
  },
  {
    flag: 'guid',
    question: 'GUID of the domain, (Get-ADDomain).ObjectGUID',
    problem: problemAt('Guid'),
  },
  {
    flag: 'forest',
    question: "DNS name of the forest's root domain",
    fallback: (known) => known.get('domain'),
    optional: true,
    problem: problemAt('DnsTreeName'),
  },
];

/** What is wrong with the name of an account, as a sentence. */
export function accountProblem(name: string): string | undefined {
  return /^[^@\\\s]+$/.test(name.replace(/\$$/, ''))
    ? undefined
    : `${quoted(name)} is not the name of an account. Write the name alone, as in WebApp1.`;
}

type DomainField = keyof NonNullable<CredentialSpecContents['DomainJoinConfig']>;

/** What the operator's checks say on a value in this field. */
function problemAt(field: DomainField): (value: string) => string | undefined {
  return (value) => {
    const contents = contentsFrom(EXAMPLE);
    const changed = {
      ...contents,
      DomainJoinConfig: { ...contents.DomainJoinConfig, [field]: value },
    };
    return findInContents(changed).find(({ path }) => path.at(-1) === field)?.message;
  };
}

/** Values that no check faults, around the one that is looked at. */
const EXAMPLE = {
  account: 'WebApp1',
  domain: 'contoso.com',
  netbios: 'CONTOSO',
  sid: 'S-1-5-21-1-2-3',
  guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
  forest: 'contoso.com',
  additionalAccounts: [],
  host: undefined,
} as const;
