// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkContents, findInContents, MAX_CONTENTS_BYTES } from './check-contents.ts';
import { CONTENT_CHECKS, type ContentCheck, type ContentsPath } from './content-findings.ts';
import type {
  ActiveDirectoryConfig,
  CredentialSpecContents,
  DomainJoinConfig,
} from './credspec.ts';

const domain = {
  DnsName: 'contoso.com',
  DnsTreeName: 'contoso.com',
  Guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
  MachineAccountName: 'WebApp1',
  NetBiosName: 'CONTOSO',
  Sid: 'S-1-5-21-2126449477-2524075714-3094792973',
};
const directory = {
  GroupManagedServiceAccounts: [
    { Name: 'WebApp1', Scope: 'CONTOSO' },
    { Name: 'WebApp1', Scope: 'contoso.com' },
  ],
};
const good = {
  ActiveDirectoryConfig: directory,
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: domain,
};

type Loose<T> = { readonly [K in keyof T]?: unknown };
const withDomain = (change: Loose<DomainJoinConfig>): unknown => ({
  ...good,
  DomainJoinConfig: { ...domain, ...change },
});
const withDirectory = (change: Loose<ActiveDirectoryConfig>): unknown => ({
  ...good,
  ActiveDirectoryConfig: { ...directory, ...change },
});
const withContents = (change: Loose<CredentialSpecContents>): unknown => ({ ...good, ...change });
const accounts = (...pairs: readonly [name: unknown, scope: unknown][]): unknown =>
  withDirectory({ GroupManagedServiceAccounts: pairs.map(([Name, Scope]) => ({ Name, Scope })) });
const plugin = (PluginGUID: unknown): unknown =>
  withDirectory({
    HostAccountConfig: { PluginGUID, PluginInput: 'secret', PortableCcgVersion: '1' },
  });

/** Far more than linear time takes on a busy machine, far less than quadratic time does. */
const LINEAR_TIME_MS = 10_000;

/** Contents, the checks that find something in them, and what the messages must say. */
const faulty: readonly [name: string, unknown, readonly ContentCheck[], ...RegExp[]][] = [
  [
    "the account's SID",
    withDomain({ Sid: `${domain.Sid}-1110` }),
    ['sid-is-not-the-domains'],
    /DomainJoinConfig\.Sid "S-1-5-21-2126449477-2524075714-3094792973-1110"/,
    /this is the account's SID; the domain's belongs here/,
    /leaves "S-1-5-21-2126449477-2524075714-3094792973"/,
  ],
  [
    'a SID of a local group',
    withDomain({ Sid: 'S-1-5-32-544' }),
    ['sid-is-not-the-domains'],
    /"S-1-5-32-544" is not the SID of a domain/,
    /DomainSID/,
  ],
  ['a SID with two numbers', withDomain({ Sid: 'S-1-5-21-1-2' }), ['sid-is-not-the-domains']],
  [
    'a SID with five numbers',
    withDomain({ Sid: 'S-1-5-21-1-2-3-4-5' }),
    ['sid-is-not-the-domains'],
  ],
  ['a SID with a space', withDomain({ Sid: `${domain.Sid} ` }), ['sid-is-not-the-domains']],
  ['an empty SID', withDomain({ Sid: '' }), ['sid-is-not-the-domains'], /Sid is missing/],
  ['a SID that is a list', withDomain({ Sid: [] }), ['sid-is-not-the-domains'], /a list, not text/],
  [
    'a placeholder for the GUID',
    withDomain({ Guid: '<AD_DOMAIN_OBJECT_GUID>' }),
    ['placeholder'],
    /DomainJoinConfig\.Guid "<AD_DOMAIN_OBJECT_GUID>" has a placeholder of the form <…>/,
  ],
  [
    'text for the GUID',
    withDomain({ Guid: 'contoso' }),
    ['guid-is-not-a-guid'],
    /DomainJoinConfig\.Guid "contoso" is not a GUID/,
    /ObjectGUID/,
  ],
  ['half a GUID', withDomain({ Guid: '244818ae-87ac-4fcd-92ec' }), ['guid-is-not-a-guid']],
  ['a GUID with one brace', withDomain({ Guid: `{${domain.Guid}` }), ['guid-is-not-a-guid']],
  ['no GUID', withDomain({ Guid: undefined }), ['guid-is-not-a-guid'], /Guid is missing/],
  [
    'no CmsPlugins',
    withContents({ CmsPlugins: undefined }),
    ['active-directory-plugin-missing'],
    /CmsPlugins has no entry "ActiveDirectory"/,
  ],
  [
    'other CmsPlugins',
    withContents({ CmsPlugins: ['activedirectory', 'B', 'C', 'D'] }),
    ['active-directory-plugin-missing'],
    /\(it has "activedirectory", "B", "C", and 1 more\)/,
  ],
  [
    'CmsPlugins that are text',
    withContents({ CmsPlugins: 'ActiveDirectory' }),
    ['active-directory-plugin-missing'],
  ],
  [
    'an account that is not listed',
    withDomain({ MachineAccountName: 'WebApp2' }),
    ['account-not-listed'],
    /"WebApp2" has no entry in ActiveDirectoryConfig\.GroupManagedServiceAccounts \(it has "WebApp1"\)/,
  ],
  ['no accounts', accounts(), ['account-not-listed']],
  [
    'no account name',
    withDomain({ MachineAccountName: undefined }),
    ['account-not-listed'],
    /MachineAccountName is missing/,
  ],
  [
    'an account listed with its domain',
    accounts(['CONTOSO\\WebApp1', 'contoso.com']),
    ['account-name-with-domain'],
    /GroupManagedServiceAccounts\[0\]\.Name "CONTOSO\\WebApp1" .* Only "WebApp1" is the account/,
  ],
  [
    'an account with its domain everywhere',
    {
      ...good,
      DomainJoinConfig: { ...domain, MachineAccountName: 'WebApp1@contoso.com' },
      ActiveDirectoryConfig: {
        GroupManagedServiceAccounts: [
          { Name: 'contoso\\webapp1', Scope: 'contoso.com' },
          { Name: 'WebApp1', Scope: 'CONTOSO' },
        ],
      },
    },
    ['account-name-with-domain', 'account-name-with-domain'],
    /MachineAccountName "WebApp1@contoso\.com" .* Only "WebApp1" is the account/,
  ],
  [
    'a distinguished name for an account',
    accounts(['WebApp1', 'contoso.com'], ['CN=LogAgent', 'contoso.com']),
    ['account-name-impossible'],
    /GroupManagedServiceAccounts\[1\]\.Name "CN=LogAgent" contains "="/,
  ],
  [
    'a dollar in the list only',
    accounts(['WebApp1$', 'contoso.com']),
    ['account-name-with-dollar'],
    /"WebApp1\$" ends with "\$"/,
  ],
  [
    'a dollar at the account',
    withDomain({ MachineAccountName: 'WebApp1$' }),
    ['account-name-with-dollar'],
    /"WebApp1\$" ends with "\$"/,
    /Remove it/,
  ],
  [
    'a dollar at both',
    {
      ...good,
      DomainJoinConfig: { ...domain, MachineAccountName: 'WebApp1$' },
      ActiveDirectoryConfig: {
        GroupManagedServiceAccounts: [{ Name: 'webapp1$', Scope: 'contoso.com' }],
      },
    },
    ['account-name-with-dollar', 'account-name-with-dollar'],
  ],
  [
    'an account with a name that is too long',
    {
      ...good,
      DomainJoinConfig: { ...domain, MachineAccountName: 'gsvc-Automation-DNS' },
      ActiveDirectoryConfig: {
        GroupManagedServiceAccounts: [{ Name: 'gsvc-Automation-DNS', Scope: 'contoso.com' }],
      },
    },
    ['account-name-too-long', 'account-name-too-long'],
    /MachineAccountName "gsvc-Automation-DNS" has 19 characters\. .* holds 15 and "\$"/,
    /cannot log on/,
  ],
  [
    'placeholders of a template',
    {
      ActiveDirectoryConfig: {
        GroupManagedServiceAccounts: [
          { Name: '<ACCOUNT>', Scope: '${NETBIOS}' },
          { Name: '<ACCOUNT>', Scope: '{{ .Values.domain }}' },
        ],
        HostAccountConfig: { PluginGUID: '$GUID', PluginInput: 'ObjectId=<OBJECT_ID>' },
      },
      CmsPlugins: ['<plugin>'],
      DomainJoinConfig: { ...domain, MachineAccountName: '<ACCOUNT>', Sid: '$(SID)' },
    },
    Array.from({ length: 9 }, () => 'placeholder'),
    /DomainJoinConfig\.MachineAccountName "<ACCOUNT>" has a placeholder of the form <…>/,
    /GroupManagedServiceAccounts\[1\]\.Scope "\{\{ \.Values\.domain \}\}" has a placeholder/,
    /HostAccountConfig\.PluginInput has a placeholder/,
  ],
  [
    'an empty HostAccountConfig',
    withDirectory({ HostAccountConfig: {} }),
    ['plugin-guid-missing'],
    /HostAccountConfig\.PluginGUID is missing/,
  ],
  ['an empty PluginGUID', plugin(''), ['plugin-guid-missing']],
  ['a PluginGUID that is a number', plugin(7), ['plugin-guid-missing'], /of type number, not text/],
  [
    'contents too large for a pod',
    withContents({ CmsPlugins: ['ActiveDirectory', 'x'.repeat(MAX_CONTENTS_BYTES)] }),
    ['contents-too-large'],
    /has 65\d{3} bytes as compact JSON, more than the 65536/,
  ],
  [
    'contents that escaping makes too large',
    withContents({ CmsPlugins: ['ActiveDirectory', '<'.repeat(12_000)] }),
    ['contents-too-large'],
  ],
  [
    'a NetBIOS name that is too long',
    withDomain({ NetBiosName: 'CONTOSO-PRODUCTION' }),
    ['netbios-name-too-long'],
    /"CONTOSO-PRODUCTION" has 18 characters/,
  ],
  [
    'a DNS name for the NetBIOS name',
    withDomain({ NetBiosName: 'contoso.com' }),
    ['netbios-name-with-dots'],
    /"contoso\.com" has dots/,
  ],
  [
    'an account without DNS scope',
    accounts(['WebApp1', 'CONTOSO']),
    ['account-without-dns-scope'],
    /lists "WebApp1" without the DNS name of its domain as a Scope \(it has "CONTOSO"\)/,
    /NTLM/,
  ],
  ['an account without scope', accounts(['WebApp1', undefined]), ['account-without-dns-scope']],
  [
    'the DNS scope at another account only',
    accounts(['WebApp1', 'CONTOSO'], ['WebApp2', 'contoso.com']),
    ['account-without-dns-scope'],
  ],
  [
    'a distinguished name for the DNS name',
    withDomain({ DnsName: 'DC=contoso,DC=com' }),
    ['dns-name-looks-wrong'],
    /DomainJoinConfig\.DnsName "DC=contoso,DC=com" is a distinguished name/,
    /DNSRoot/,
  ],
  [
    'no DNS name',
    withDomain({ DnsName: undefined }),
    ['dns-name-looks-wrong'],
    /DnsName is missing/,
  ],
  ['a DNS name with a space', withDomain({ DnsName: 'contoso .com' }), ['dns-name-looks-wrong']],
  [
    'an invisible character',
    withDomain({ DnsName: 'contoso\u200b.com' }),
    ['dns-name-looks-wrong'],
    /contains "\\u\{200b\}"/,
  ],
  [
    'a URL for the DNS name',
    withDomain({ DnsName: 'https://contoso.com' }),
    ['dns-name-looks-wrong'],
  ],
  ['an address for the DNS name', withDomain({ DnsName: '10.0.0.1' }), ['dns-name-looks-wrong']],
  ['two dots in a row', withDomain({ DnsName: 'contoso..com' }), ['dns-name-looks-wrong']],
  [
    'a tree name with a dot at its end',
    withDomain({ DnsTreeName: 'contoso.com.' }),
    ['dns-name-looks-wrong'],
    /DomainJoinConfig\.DnsTreeName "contoso\.com\." has an empty part/,
    /Forest/,
  ],
  [
    'a forest below its domain',
    withDomain({ DnsTreeName: 'dmz.Contoso.com' }),
    ['dns-tree-name-below-domain'],
    /DnsTreeName "dmz\.Contoso\.com" is below DnsName "contoso\.com"\. .* may be swapped/,
  ],
  [
    'a PluginGUID without braces',
    plugin('859e1386-bdb4-49e8-85c7-3070b13920e1'),
    ['plugin-guid-without-braces'],
    /has no braces\. .* Write "\{859e1386-bdb4-49e8-85c7-3070b13920e1\}"\./,
  ],
  [
    'a scope that is no DNS name',
    accounts(['WebApp1', 'web@contoso.com']),
    ['dns-name-looks-wrong'],
    /the Scope "web@contoso\.com", which contains "@"/,
  ],
  [
    'a PluginGUID that is no GUID',
    plugin('{GDMA0342-266A-4D1P-831J-20990E82944F}'),
    ['plugin-guid-is-not-a-guid'],
    /PluginGUID "\{GDMA0342-266A-4D1P-831J-20990E82944F\}" is not a GUID/,
  ],
];

describe('checkContents', () => {
  it('finds nothing in the good ones', () => {
    expect(checkContents(good)).toEqual({ errors: [], warnings: [] });
  });

  it.each(faulty)('finds %s', (_, contents, checks, ...wording) => {
    const found = findInContents(contents);
    expect(found.map(({ check }) => check)).toEqual(checks);
    const { errors, warnings } = checkContents(contents);
    expect(errors).toHaveLength(checks.filter((check) => CONTENT_CHECKS[check] === 'error').length);
    expect(errors.length + warnings.length).toBe(checks.length);
    for (const words of wording) expect([...errors, ...warnings].join('\n')).toMatch(words);
  });

  it.each<[ContentsPath, unknown]>([
    [['DomainJoinConfig', 'Sid'], withDomain({ Sid: undefined })],
    [['DomainJoinConfig', 'Guid'], withDomain({ Guid: 'x' })],
    [['DomainJoinConfig', 'NetBiosName'], withDomain({ NetBiosName: 'x.y' })],
    [['DomainJoinConfig', 'DnsName'], withDomain({ DnsName: 'x..y' })],
    [['DomainJoinConfig', 'DnsTreeName'], withDomain({ DnsTreeName: 'x..y' })],
    [['DomainJoinConfig', 'DnsTreeName'], withDomain({ DnsTreeName: 'x.contoso.com' })],
    [['DomainJoinConfig', 'MachineAccountName'], withDomain({ MachineAccountName: 'Other' })],
    [
      ['ActiveDirectoryConfig', 'GroupManagedServiceAccounts', 1, 'Name'],
      accounts(['WebApp1', 'contoso.com'], ['WebApp1$', 'CONTOSO']),
    ],
    [['CmsPlugins', 1], withContents({ CmsPlugins: ['ActiveDirectory', '<plugin>'] })],
    [['CmsPlugins'], withContents({ CmsPlugins: [] })],
    [
      ['ActiveDirectoryConfig', 'GroupManagedServiceAccounts', 1],
      accounts(['Other', 'contoso.com'], ['WebApp1', 'FABRIKAM']),
    ],
    [
      ['ActiveDirectoryConfig', 'GroupManagedServiceAccounts', 1, 'Scope'],
      accounts(['WebApp1', 'contoso.com'], ['WebApp1', 'web@contoso.com']),
    ],
    [['ActiveDirectoryConfig', 'HostAccountConfig', 'PluginGUID'], plugin('x')],
    [[], withContents({ CmsPlugins: ['ActiveDirectory', 'x'.repeat(MAX_CONTENTS_BYTES)] })],
  ])('tells that it is %j where something is wrong', (path, contents) => {
    expect(findInContents(contents).map((finding) => finding.path)).toEqual([path]);
  });

  it('has a faulty example for every check', () => {
    expect(new Set(faulty.flatMap(([, , checks]) => checks))).toEqual(
      new Set(Object.keys(CONTENT_CHECKS)),
    );
  });

  it.each([
    ['braces around the GUID', withDomain({ Guid: `{${domain.Guid}}` })],
    ['a GUID in upper case', withDomain({ Guid: domain.Guid.toUpperCase() })],
    ['a tree name that is not a suffix', withDomain({ DnsTreeName: 'fabrikam.net' })],
    ['a tree name that ends like the domain', withDomain({ DnsTreeName: 'mycontoso.com' })],
    ['a domain below the forest', withDomain({ DnsName: 'dmz.contoso.com' })],
    ['no tree name', withDomain({ DnsTreeName: undefined })],
    ['no NetBIOS name', withDomain({ NetBiosName: undefined })],
    ['a DNS-only scope', accounts(['WebApp1', 'contoso.com'])],
    ['another case of the account', accounts(['WEBAPP1', 'contoso.com'])],
    [
      'a domain of a single label',
      {
        ...good,
        DomainJoinConfig: { ...domain, DnsName: 'corp', DnsTreeName: 'corp', NetBiosName: 'CORP' },
        ActiveDirectoryConfig: {
          GroupManagedServiceAccounts: [{ Name: 'WebApp1', Scope: 'CORP' }],
        },
      },
    ],
    [
      'accounts of other domains',
      accounts(
        ['WebApp1', 'contoso.com'],
        ['WebApp1', 'CONTOSO'],
        ['LogAgent', 'fabrikam.net'],
        ['LogAgent', 'FABRIKAM'],
        ['Other', 'trusteddomainwithalonglabel'],
      ),
    ],
    ['an account of another domain', accounts(['WebApp1', 'child.contoso.com'])],
    ['names in other scripts', withDomain({ DnsName: 'bücher.example', NetBiosName: 'BÜCHER' })],
    ['an underscore in the domain', withDomain({ DnsName: 'my_corp.example' })],
    ['more plug-ins', withContents({ CmsPlugins: ['Other', 'ActiveDirectory'] })],
    ['fields that nobody knows', { ...good, Extra: { deep: [1] } }],
    [
      'PluginInput that is an object',
      withDirectory({
        HostAccountConfig: {
          PluginGUID: '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
          PluginInput: { CredentialArn: 'arn:aws:secretsmanager:x' },
        },
      }),
    ],
    ['HostAccountConfig that is null', withDirectory({ HostAccountConfig: null })],
    ['a SID that begins with a small s', withDomain({ Sid: domain.Sid.toLowerCase() })],
  ])('says nothing about %s', (_, contents) => {
    expect(checkContents(contents)).toEqual({ errors: [], warnings: [] });
  });

  it('accepts contents of exactly the size that fits into a pod', () => {
    const padding = (length: number): unknown =>
      withContents({ CmsPlugins: ['ActiveDirectory', 'x'.repeat(length)] });
    const rest = JSON.stringify(padding(0)).length;
    expect(checkContents(padding(MAX_CONTENTS_BYTES - rest)).errors).toEqual([]);
    expect(checkContents(padding(MAX_CONTENTS_BYTES - rest + 1)).errors).toHaveLength(1);
  });

  it.each([undefined, null, {}, [], 'text', 7, { DomainJoinConfig: 3, ActiveDirectoryConfig: [] }])(
    'says of %j all that is missing',
    (contents) => {
      expect(findInContents(contents).map(({ check }) => check)).toEqual([
        'sid-is-not-the-domains',
        'guid-is-not-a-guid',
        'dns-name-looks-wrong',
        'active-directory-plugin-missing',
        'account-not-listed',
      ]);
    },
  );

  it('takes any value without throwing, in few and short messages', () => {
    const names = [
      ...['ActiveDirectoryConfig', 'CmsPlugins', 'DomainJoinConfig', 'HostAccountConfig'],
      ...['GroupManagedServiceAccounts', 'Name', 'Scope', 'PluginGUID', 'Sid', 'Guid', 'DnsName'],
    ];
    const anything = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.constantFrom(null, true, 1.5, 'a.b', 'ActiveDirectory'),
        fc.array(tie('value')),
        fc.dictionary(fc.constantFrom(...names), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(anything, (contents) => {
        const { errors, warnings } = checkContents(contents);
        for (const message of [...errors, ...warnings]) {
          expect(message.length).toBeLessThan(1500);
          expect(message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        }
      }),
    );
  });

  it('never shows PluginInput', () => {
    const secret = 'contoso.com:gmsaccg:Passw0rd';
    for (const [, contents] of faulty) {
      const { ActiveDirectoryConfig: config } = contents as { ActiveDirectoryConfig: object };
      const withSecret = {
        ...(contents as object),
        ActiveDirectoryConfig: {
          ...config,
          HostAccountConfig: { PluginGUID: 'wrong', PluginInput: secret },
        },
      };
      expect(JSON.stringify(checkContents(withSecret))).not.toContain('Passw0rd');
    }
  });

  it('has bounded, well-formed messages for 10,000 accounts with something wrong in each', () => {
    const many = Array.from(
      { length: 10_000 },
      (_, index) => [`account${index}`, `bad domain${index}.com`] as const,
    );
    const { errors, warnings } = checkContents(
      accounts(...many.map(([a, b]) => [a, b] as [string, string])),
    );
    expect(errors).toHaveLength(2);
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe('… and 9990 more of the kind dns-name-looks-wrong.');
    expect(JSON.stringify([errors, warnings]).length).toBeLessThan(10_000);
  });

  it.each(['x', 'x.', '-', '0', '<', '{', '$', '%a', '/', ' ', '\ud800', 'DC=,', '1.'])(
    'has short messages for megabytes of %j in every field',
    (piece) => {
      const long = piece.repeat((1 << 20) / piece.length);
      const start = performance.now();
      const { errors, warnings } = checkContents({
        ActiveDirectoryConfig: {
          GroupManagedServiceAccounts: [{ Name: long, Scope: long }],
          HostAccountConfig: { PluginGUID: long, PluginInput: long, PortableCcgVersion: long },
        },
        CmsPlugins: [long],
        DomainJoinConfig: Object.fromEntries(Object.keys(domain).map((field) => [field, long])),
      });
      expect(performance.now() - start).toBeLessThan(LINEAR_TIME_MS);
      for (const message of [...errors, ...warnings]) expect(message.length).toBeLessThan(1500);
      expect(errors.some((message) => message.includes('more than the 65536'))).toBe(true);
    },
  );

  it('says so where contents are nested too deeply to be written', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as unknown;
    const { errors } = checkContents({ ...good, Extra: deep });
    expect(errors).toEqual([expect.stringContaining('nested more than 1000 levels deep')]);
  });
});
