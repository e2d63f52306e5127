// SPDX-License-Identifier: Apache-2.0
// Whom a credential spec is for, as far as it tells. Pure.
import { items, property, text } from '../../api/untyped.ts';

/** The account's name and its domain's, whichever of them is there. */
export interface AccountName {
  readonly account: string | undefined;
  readonly domain: string | undefined;
}

/** The account that a container is, else the first that is listed; its domain by DNS name, else NetBIOS name. */
export function accountOf(contents: unknown): AccountName {
  const domain = property(contents, 'DomainJoinConfig');
  const [first] = items(
    property(property(contents, 'ActiveDirectoryConfig'), 'GroupManagedServiceAccounts'),
  );
  return {
    account: text(property(domain, 'MachineAccountName')) ?? text(property(first, 'Name')),
    domain: text(property(domain, 'DnsName')) ?? text(property(domain, 'NetBiosName')),
  };
}

/** `Credential spec for WebApp1 of contoso.com`. */
export function titleOf(contents: unknown): string {
  const { account, domain } = accountOf(contents);
  const whom = [
    ...(account === undefined ? [] : [`for ${account}`]),
    ...(domain === undefined ? [] : [`of ${domain}`]),
  ];
  return ['Credential spec', ...whom].join(' ');
}
