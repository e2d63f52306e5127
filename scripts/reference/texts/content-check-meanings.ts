// SPDX-License-Identifier: Apache-2.0
// What the checks of contents mean: for the documents, in Markdown.
import type { ContentCheck } from '../../../src/api/content-findings.ts';

/** A check, told to a Windows administrator. */
export interface ContentCheckMeaning {
  /** Where in the contents; empty: all of them. */
  readonly fields: readonly string[];
  /** Why what it finds cannot work, or looks wrong. */
  readonly why: string;
  readonly remedy: string;
}

const ACCOUNT_NAMES = [
  'DomainJoinConfig.MachineAccountName',
  'ActiveDirectoryConfig.GroupManagedServiceAccounts[].Name',
] as const;

/** By check. */
export const CONTENT_CHECK_MEANINGS = {
  'sid-is-not-the-domains': {
    fields: ['DomainJoinConfig.Sid'],
    why: 'Windows takes this as the identity of the domain: `S-1-5-21-` and three numbers. A fourth number makes it the SID of an account, and logon fails.',
    remedy: "Write `(Get-ADDomain).DomainSID`. Where it was the account's, check `Guid` too.",
  },
  'guid-is-not-a-guid': {
    fields: ['DomainJoinConfig.Guid'],
    why: 'Windows cannot read it. Braces are fine, missing dashes are not.',
    remedy: "Write `(Get-ADDomain).ObjectGUID`: the domain's, not the account's.",
  },
  'active-directory-plugin-missing': {
    fields: ['CmsPlugins'],
    why: 'Without the entry `ActiveDirectory`, Windows does not look at the accounts.',
    remedy: 'Add it: `CmsPlugins: [ActiveDirectory]`.',
  },
  'account-not-listed': {
    fields: [
      'DomainJoinConfig.MachineAccountName',
      'ActiveDirectoryConfig.GroupManagedServiceAccounts[].Name',
    ],
    why: 'The container is to be an account whose password nobody fetches, for it is not in the list. Case does not matter.',
    remedy: 'Add entries with that `Name`, one for each name of its domain, or correct the name.',
  },
  placeholder: {
    fields: [],
    why: 'A template or a page of documentation left `<…>`, `{{ … }}`, `${…}`, `$(…)`, `$NAME` or `%NAME%` to be filled in. In `PluginInput`, which may hold a password, only those count that cannot be part of one.',
    remedy: 'Write the value that belongs in its place.',
  },
  'account-name-with-dollar': {
    fields: ACCOUNT_NAMES,
    why: 'Active Directory shows the account as `WebApp1$`; Windows adds the `$` itself and looks for `WebApp1$$`.',
    remedy: 'Remove the `$`.',
  },
  'account-name-with-domain': {
    fields: ACCOUNT_NAMES,
    why: 'Windows looks for an account of this name in the domain. `CONTOSO\\WebApp1` and `WebApp1@contoso.com` name the domain also, and no account has such a name.',
    remedy: 'Write the account alone, as the message shows it. The domain belongs in `Scope`.',
  },
  'account-name-impossible': {
    fields: ACCOUNT_NAMES,
    why: 'The name has a character that Active Directory allows in no account, a space at either end, or an invisible character.',
    remedy:
      'Write `(Get-ADServiceAccount WebApp1).SamAccountName` of the account, without the `$`.',
  },
  'plugin-guid-missing': {
    fields: ['ActiveDirectoryConfig.HostAccountConfig.PluginGUID'],
    why: '`HostAccountConfig` tells the node to ask a plug-in, but not which.',
    remedy:
      "Take the class ID from the plug-in's documentation. Where nodes are joined to the domain, remove `HostAccountConfig`.",
  },
  'contents-too-large': {
    fields: [],
    why: 'The API server refuses pods with more than 64 KiB (65536 bytes) of contents, counted as compact JSON.',
    remedy: 'Remove what does not belong into it. A usual credential spec has less than 1 KiB.',
  },
  'netbios-name-too-long': {
    fields: ['DomainJoinConfig.NetBiosName'],
    why: 'NetBIOS names have 15 characters at most.',
    remedy: 'Write `(Get-ADDomain).NetBIOSName`.',
  },
  'netbios-name-with-dots': {
    fields: ['DomainJoinConfig.NetBiosName'],
    why: 'Dots are rarely in NetBIOS names and nearly always in DNS names.',
    remedy: 'Write `(Get-ADDomain).NetBIOSName`, and the DNS name into `DnsName`.',
  },
  'account-name-too-long': {
    fields: ACCOUNT_NAMES,
    why: "The `sAMAccountName` of a gMSA holds 15 characters and `$`, and Windows looks the account up by it. With a longer name, such as the account's `Name` or `DNSHostName`, it does not find the account, and pods cannot log on.",
    remedy:
      'Write `(Get-ADServiceAccount WebApp1).SamAccountName` of the account, without the `$`.',
  },
  'account-without-dns-scope': {
    fields: ['ActiveDirectoryConfig.GroupManagedServiceAccounts[].Scope'],
    why: "Kerberos needs the DNS name of the account's domain; with the NetBIOS name alone Windows may fall back to NTLM.",
    remedy: "Add an entry for the account with the domain's DNS name as `Scope`.",
  },
  'dns-name-looks-wrong': {
    fields: [
      'DomainJoinConfig.DnsName',
      'DomainJoinConfig.DnsTreeName',
      'ActiveDirectoryConfig.GroupManagedServiceAccounts[].Scope',
    ],
    why: 'Domain controllers are found by this name, and it is missing (`DnsName`) or no DNS name: a distinguished name (`DC=contoso,DC=com`), an address, with a space, with an empty part.',
    remedy: 'Write `(Get-ADDomain).DNSRoot`; for `DnsTreeName`, `(Get-ADDomain).Forest`.',
  },
  'dns-tree-name-below-domain': {
    fields: ['DomainJoinConfig.DnsTreeName', 'DomainJoinConfig.DnsName'],
    why: "`DnsTreeName` is the name of the forest's root domain, and no domain of the forest is above that. The two names may be swapped.",
    remedy:
      'Write `(Get-ADDomain).DNSRoot` as `DnsName`, and `(Get-ADDomain).Forest` as `DnsTreeName`.',
  },
  'plugin-guid-is-not-a-guid': {
    fields: ['ActiveDirectoryConfig.HostAccountConfig.PluginGUID'],
    why: 'Plug-ins are registered on nodes by their class ID, which is a GUID.',
    remedy: "Take it from the plug-in's documentation.",
  },
  'plugin-guid-without-braces': {
    fields: ['ActiveDirectoryConfig.HostAccountConfig.PluginGUID'],
    why: 'Windows reads a class ID in braces, and might not find the plug-in without them.',
    remedy: 'Write the braces: `{859E1386-BDB4-49E8-85C7-3070B13920E1}`.',
  },
} as const satisfies Readonly<Record<ContentCheck, ContentCheckMeaning>>;
