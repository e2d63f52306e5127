// SPDX-License-Identifier: Apache-2.0
// Contents in which each check finds something.
import type { ContentCheck } from '../../../src/api/content-findings.ts';

/** The domain of the examples. */
const DOMAIN = {
  Sid: 'S-1-5-21-2126449477-2524075714-3094792973',
  MachineAccountName: 'WebApp1',
  Guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
  DnsTreeName: 'contoso.com',
  DnsName: 'contoso.com',
  NetBiosName: 'CONTOSO',
};
const ACCOUNTS = [
  { Name: 'WebApp1', Scope: 'CONTOSO' },
  { Name: 'WebApp1', Scope: 'contoso.com' },
];
const PLUGIN = '{859E1386-BDB4-49E8-85C7-3070B13920E1}';
const CONTENTS = {
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: DOMAIN,
  ActiveDirectoryConfig: { GroupManagedServiceAccounts: ACCOUNTS },
};

/** By check. */
export const FAULTY_CONTENTS: Readonly<Record<ContentCheck, readonly unknown[]>> = {
  'sid-is-not-the-domains': [
    withDomain({ Sid: undefined }),
    withDomain({ Sid: 'CONTOSO' }),
    withDomain({ Sid: `${DOMAIN.Sid}-1104` }),
  ],
  'guid-is-not-a-guid': [withDomain({ Guid: undefined }), withDomain({ Guid: '244818ae87ac' })],
  'active-directory-plugin-missing': [{ ...CONTENTS, CmsPlugins: ['activedirectory'] }],
  'account-not-listed': [
    withDomain({ MachineAccountName: undefined }),
    withDomain({ MachineAccountName: 'WebApp2' }),
  ],
  placeholder: [
    withDomain({ MachineAccountName: '<account>' }),
    withActiveDirectory({
      HostAccountConfig: { PluginGUID: PLUGIN, PluginInput: 'contoso.com:gmsa:<password>' },
    }),
  ],
  'account-name-with-dollar': [withDomain({ MachineAccountName: 'WebApp1$' })],
  'account-name-with-domain': [withDomain({ MachineAccountName: 'CONTOSO\\WebApp1' })],
  'account-name-impossible': [
    withDomain({ MachineAccountName: 'CN=WebApp1' }),
    withDomain({ MachineAccountName: 'WebApp1 ' }),
  ],
  'plugin-guid-missing': [withActiveDirectory({ HostAccountConfig: {} })],
  'contents-too-large': [{ ...CONTENTS, Comment: 'x'.repeat(70_000) }],
  'netbios-name-too-long': [withDomain({ NetBiosName: 'CONTOSOANDFABRIKAM' })],
  'netbios-name-with-dots': [withDomain({ NetBiosName: 'contoso.com' })],
  'account-name-too-long': [withDomain({ MachineAccountName: 'WebApplication1-Production' })],
  'account-without-dns-scope': [
    withActiveDirectory({ GroupManagedServiceAccounts: ACCOUNTS.slice(0, 1) }),
  ],
  'dns-name-looks-wrong': [
    withDomain({ DnsName: undefined }),
    withDomain({ DnsName: 'DC=contoso,DC=com' }),
    withDomain({ DnsTreeName: '10.0.0.4' }),
    withActiveDirectory({
      GroupManagedServiceAccounts: [...ACCOUNTS, { Name: 'WebApp1', Scope: 'web@contoso.com' }],
    }),
  ],
  'dns-tree-name-below-domain': [withDomain({ DnsTreeName: 'europe.contoso.com' })],
  'plugin-guid-is-not-a-guid': [
    withActiveDirectory({ HostAccountConfig: { PluginGUID: '859E1386' } }),
  ],
  'plugin-guid-without-braces': [
    withActiveDirectory({ HostAccountConfig: { PluginGUID: PLUGIN.slice(1, -1) } }),
  ],
};

function withDomain(changed: Readonly<Partial<Record<keyof typeof DOMAIN, unknown>>>): unknown {
  return { ...CONTENTS, DomainJoinConfig: { ...DOMAIN, ...changed } };
}

function withActiveDirectory(changed: object): unknown {
  return {
    ...CONTENTS,
    ActiveDirectoryConfig: { ...CONTENTS.ActiveDirectoryConfig, ...changed },
  };
}
