// SPDX-License-Identifier: Apache-2.0
// Checks of `ActiveDirectoryConfig` and `CmsPlugins`: the plug-in that makes Windows use the account, the
// accounts with their domains, and the plug-in that fetches passwords on nodes outside of the domain.
import { bareAccountName } from './account-name.ts';
import type { Finding } from './content-findings.ts';
import { bracedGuid, dnsNameProblem, isGuid } from './domain-values.ts';
import { quoted } from './printable.ts';
import { complaintAbout, items, property, text } from './untyped.ts';

/** Names that a message lists from the contents before it stops. */
const LISTED_NAMES = 3;

const ACCOUNTS_PATH = ['ActiveDirectoryConfig', 'GroupManagedServiceAccounts'] as const;
const ACCOUNTS = ACCOUNTS_PATH.join('.');
const PLUGIN_GUID_PATH = ['ActiveDirectoryConfig', 'HostAccountConfig', 'PluginGUID'] as const;

/** What is wrong with the `ActiveDirectoryConfig` and the `CmsPlugins` of these contents. */
export function checkActiveDirectory(contents: unknown): readonly Finding[] {
  const config = property(contents, 'ActiveDirectoryConfig');
  const accounts = items(property(config, 'GroupManagedServiceAccounts'));
  return [
    ...checkPlugins(property(contents, 'CmsPlugins')),
    ...checkAccount(accounts, property(contents, 'DomainJoinConfig')),
    ...checkScopes(accounts),
    ...checkHostAccount(property(config, 'HostAccountConfig')),
  ];
}

function checkPlugins(value: unknown): readonly Finding[] {
  const plugins = items(value);
  if (plugins.includes('ActiveDirectory')) return [];
  return [
    {
      check: 'active-directory-plugin-missing',
      path: ['CmsPlugins'],
      message: `CmsPlugins has no entry "ActiveDirectory"${listing(plugins)}: without it Windows does not use the account. Add it, spelled exactly so.`,
    },
  ];
}

function checkAccount(accounts: readonly unknown[], domain: unknown): readonly Finding[] {
  const value = property(domain, 'MachineAccountName');
  const account = text(value);
  if (account === undefined) {
    return [
      {
        check: 'account-not-listed',
        path: ['DomainJoinConfig', 'MachineAccountName'],
        message: `DomainJoinConfig.MachineAccountName ${complaintAbout(value, '')}: write the name of an account that ${ACCOUNTS} lists, without domain and without "$".`,
      },
    ];
  }
  const entries = accounts.filter((entry) => isSameAccount(text(property(entry, 'Name')), account));
  if (entries.length === 0) {
    return [
      {
        check: 'account-not-listed',
        path: ['DomainJoinConfig', 'MachineAccountName'],
        message: `DomainJoinConfig.MachineAccountName ${quoted(account)} has no entry in ${ACCOUNTS}${listing(accounts.map((entry) => property(entry, 'Name')))}: Windows can be only an account that is listed. Add one entry with this Name for each name of its domain: Scope contoso.com and Scope CONTOSO.`,
      },
    ];
  }
  const listed = text(property(entries[0], 'Name')) ?? account;
  const scopes = entries.map((entry) => text(property(entry, 'Scope')));
  const dnsName = text(property(domain, 'DnsName'));
  if (scopes.some((scope) => scope !== undefined && isDnsScope(scope, dnsName))) return [];
  return [
    {
      check: 'account-without-dns-scope',
      path: [...ACCOUNTS_PATH, accounts.indexOf(entries[0])],
      message: `${ACCOUNTS} lists ${quoted(listed)} without the DNS name of its domain as a Scope${listing(scopes)}: Windows may fall back from Kerberos to NTLM. Add an entry with this Name and the DNS name, as in Scope contoso.com.`,
    },
  ];
}

// Names in Active Directory have no case. A "$" or a domain in one of them is reported by its own check.
function isSameAccount(name: string | undefined, account: string): boolean {
  return (
    name !== undefined &&
    bareAccountName(name).toLowerCase() === bareAccountName(account).toLowerCase()
  );
}

// The DNS name of a domain may be a single label: then only DnsName tells it from a NetBIOS name.
function isDnsScope(scope: string, dnsName: string | undefined): boolean {
  return scope.includes('.') || scope.toLowerCase() === dnsName?.toLowerCase();
}

function checkScopes(accounts: readonly unknown[]): readonly Finding[] {
  const firstIndexes = new Map<string, number>();
  for (const [index, entry] of accounts.entries()) {
    const scope = text(property(entry, 'Scope')) ?? '';
    if (!firstIndexes.has(scope)) firstIndexes.set(scope, index);
  }
  return [...firstIndexes].flatMap(([scope, index]): Finding[] => {
    // Without a dot it is a NetBIOS name, or a single label that nothing can be said about.
    const problem = scope.includes('.') ? dnsNameProblem(scope) : undefined;
    if (problem === undefined) return [];
    return [
      {
        check: 'dns-name-looks-wrong',
        path: [...ACCOUNTS_PATH, index, 'Scope'],
        message: `${ACCOUNTS} has the Scope ${quoted(scope)}, which ${problem}: a Scope is the name of the account's domain, as in contoso.com or CONTOSO.`,
      },
    ];
  });
}

function checkHostAccount(config: unknown): readonly Finding[] {
  if (config === undefined) return [];
  const value = property(config, 'PluginGUID');
  const guid = text(value);
  if (guid === undefined) {
    return [
      {
        check: 'plugin-guid-missing',
        path: PLUGIN_GUID_PATH,
        message: `ActiveDirectoryConfig.HostAccountConfig.PluginGUID ${complaintAbout(value, '')}: a node outside of the domain finds its credential plug-in by this class ID. Take it from the plug-in's documentation; where all nodes are in the domain, remove HostAccountConfig.`,
      },
    ];
  }
  if (isGuid(guid)) {
    const braced = bracedGuid(guid);
    if (guid === braced) return [];
    return [
      {
        check: 'plugin-guid-without-braces',
        path: PLUGIN_GUID_PATH,
        message: `ActiveDirectoryConfig.HostAccountConfig.PluginGUID ${quoted(guid)} has no braces. Windows reads a class ID in braces, and might not find the plug-in without them. Write ${quoted(braced)}.`,
      },
    ];
  }
  return [
    {
      check: 'plugin-guid-is-not-a-guid',
      path: PLUGIN_GUID_PATH,
      message: `ActiveDirectoryConfig.HostAccountConfig.PluginGUID ${quoted(guid)} is not a GUID, like "{859E1386-BDB4-49E8-85C7-3070B13920E1}": Windows would find no plug-in of this class ID on the node. Take it from the plug-in's documentation.`,
    },
  ];
}

function listing(values: readonly unknown[]): string {
  const names = [...new Set(values.filter((value) => typeof value === 'string'))];
  if (names.length === 0) return '';
  const more = names.length > LISTED_NAMES ? `, and ${names.length - LISTED_NAMES} more` : '';
  return ` (it has ${names.slice(0, LISTED_NAMES).map(quoted).join(', ')}${more})`;
}
