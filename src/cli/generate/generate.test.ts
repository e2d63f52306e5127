// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { checkContents } from '../../api/check-contents.ts';
import { runCommand } from '../testing/run-command.ts';

const VALUES = {
  account: 'WebApp1',
  domain: 'contoso.com',
  netbios: 'CONTOSO',
  sid: 'S-1-5-21-2126449477-2524075714-3094792973',
  guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
};
const flagsOf = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([flag, value]) => `--${flag}=${value}`);
const ALL = flagsOf(VALUES);

interface Resource {
  readonly metadata: { readonly name: string };
  readonly credspec: {
    readonly ActiveDirectoryConfig: Readonly<Record<string, unknown>>;
  };
}
const resource = (out: string): Resource => parse(out) as Resource;

/** The documentation's. */
const WEBAPP1 = resource(readFileSync('config/samples/gmsa-webapp1.yaml', 'utf8')).credspec;
const ACCOUNTS = WEBAPP1.ActiveDirectoryConfig['GroupManagedServiceAccounts'] as readonly object[];

describe('kubectl gmsa generate', () => {
  it('makes the WebApp1 of the documentation from its values', async () => {
    const { out, err, exitCode } = await runCommand(['generate', ...ALL]);
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
    expect(out).toMatch(/^# Credential spec for WebApp1 of contoso.com, made by /);
    expect(resource(out)).toMatchObject({ metadata: { name: 'gmsa-webapp1' } });
    expect(resource(out).credspec).toEqual(WEBAPP1);
  });

  it('asks on a terminal for what is missing, and again after what is wrong', async () => {
    const answers = [
      ...['WebApp1', '', 'contoso.com', 'CONTOSO'],
      ...['S-1-5-21-2126449477-2524075714-3094792973-1104', VALUES.sid],
      ...[VALUES.guid, ''],
    ];
    const { out, err, exitCode, io } = await runCommand(['generate'], { answers });
    expect(exitCode).toBe(0);
    expect(resource(out).credspec).toEqual(WEBAPP1);
    expect(err).toMatch(/this is the account's SID/);
    expect(io.questions.map((question) => question.replace(/[,:] .*/, ''))).toEqual([
      'Name of the account',
      'DNS name of its domain',
      'DNS name of its domain',
      'NetBIOS name of the domain [CONTOSO]',
      'SID of the domain',
      'SID of the domain',
      'GUID of the domain',
      "DNS name of the forest's root domain [contoso.com]",
    ]);
  });

  it('asks for nothing that is given', async () => {
    const { io } = await runCommand(['generate', ...ALL, '--forest=contoso.com'], { answers: [] });
    expect(io.questions).toEqual([]);
  });

  it('ends where nobody answers any more', async () => {
    expect((await runCommand(['generate'], { answers: ['WebApp1'] })).exitCode).toBe(3);
  });

  it('prints the PowerShell where nobody can be asked, and says what is missing', async () => {
    const { out, err, exitCode } = await runCommand(['generate', ...ALL.slice(0, 2)]);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
    expect(err).toContain(
      "New-CredentialSpec -AccountName 'WebApp1' -Domain 'contoso.com' -Path '.\\WebApp1-credspec.json'\n",
    );
    expect(err).toContain(`Get-ADDomain -Server 'contoso.com' |`);
    expect(err).toMatch(/^error: missing: --netbios, --sid, --guid\nhint: /m);
  });

  it('takes the domain of the machine where none is given, and quotes as PowerShell does', async () => {
    const { out, exitCode } = await runCommand([
      ...['generate', '--powershell', "--account=Web'App"],
      ...['--additional-account=log01', '--additional-account=x@dev.contoso.com'],
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      "New-CredentialSpec -AccountName 'Web''App' -Domain (Get-ADDomain).DNSRoot -Path '.\\WebApp-credspec.json' -AdditionalAccounts 'log01', @{ AccountName = 'x'; Domain = 'dev.contoso.com' }\n",
    );
  });

  it('lists further accounts in both spellings of the domain, or with their own', async () => {
    const { out } = await runCommand([
      ...['generate', ...ALL, '--additional-account=log01$'],
      '--additional-account=x@dev.contoso.com',
    ]);
    expect(resource(out).credspec.ActiveDirectoryConfig['GroupManagedServiceAccounts']).toEqual([
      ...ACCOUNTS,
      { Name: 'log01', Scope: 'CONTOSO' },
      { Name: 'log01', Scope: 'contoso.com' },
      { Name: 'x', Scope: 'dev.contoso.com' },
    ]);
  });

  it.each([
    [
      'aks',
      {
        'identity-object-id': '00112233-4455-6677-8899-aabbccddeeff',
        'secret-uri': 'https://my-vault.vault.azure.net/secrets/gmsa-user',
      },
      '{CCC2A336-D7F3-4818-A213-272B7924213E}',
      'ObjectId=00112233-4455-6677-8899-aabbccddeeff;SecretUri=https://my-vault.vault.azure.net/secrets/gmsa-user',
    ],
    [
      'aks',
      {
        'identity-object-id': '{00112233-4455-6677-8899-AABBCCDDEEFF}',
        'secret-uri': 'https://my-vault.vault.azure.net/secrets/gmsa-user',
      },
      '{CCC2A336-D7F3-4818-A213-272B7924213E}',
      'ObjectId=00112233-4455-6677-8899-AABBCCDDEEFF;SecretUri=https://my-vault.vault.azure.net/secrets/gmsa-user',
    ],
    [
      'eks',
      { 'credential-arn': 'arn:aws:secretsmanager:us-east-1:012345678901:secret:gmsa-tBOL0j' },
      '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
      '{"credentialArn":"arn:aws:secretsmanager:us-east-1:012345678901:secret:gmsa-tBOL0j"}',
    ],
    [
      'eks',
      { 'credential-arn': 'arn:aws-cn:ssm:cn-north-1:012345678901:parameter/gmsa' },
      '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
      '{"credentialArn":"arn:aws-cn:ssm:cn-north-1:012345678901:parameter/gmsa"}',
    ],
    [
      'rancher',
      { 'provider-namespace': 'cattle-gmsa', 'provider-secret': 'ad-user' },
      '{e4781092-f116-4b79-b55e-28eb6a224e26}',
      'cattle-gmsa:ad-user',
    ],
  ])('calls the plug-in of %s as it is documented', async (platform, values, guid, input) => {
    const { out, err } = await runCommand([
      ...['generate', ...ALL, `--platform=${platform}`],
      ...flagsOf(values),
    ]);
    expect(err).toBe('');
    const { credspec } = resource(out);
    expect(credspec.ActiveDirectoryConfig['HostAccountConfig']).toEqual({
      ...{ PluginGUID: guid, PluginInput: input, PortableCcgVersion: '1' },
    });
    expect(checkContents(credspec)).toEqual({ errors: [], warnings: [] });
  });

  it.each([
    ['account', 'gsvc-Automation-DNS', 'account-name-too-long'],
    ['forest', 'dmz.contoso.com', 'dns-tree-name-below-domain'],
  ])('writes a %s %j that may yet be right, and warns', async (flag, value, check) => {
    const { out, err, exitCode } = await runCommand(['generate', ...ALL, `--${flag}=${value}`]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining(value) });
    expect(err).toMatch(/^(warning: .*\n)+$/);
    expect(err).toContain(`[${check}]`);
  });

  it('takes a domain below its forest, at any depth', async () => {
    const { err, exitCode } = await runCommand([
      ...['generate', ...ALL],
      ...['--domain=b.a.contoso.com', '--forest=a.contoso.com'],
    ]);
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
  });

  it('writes the braces of a class ID that is given without them', async () => {
    const { out, err } = await runCommand([
      ...['generate', ...ALL, '--plugin-guid=f919de1a-efc4-4902-b7e5-56a314a87262'],
    ]);
    expect(err).toBe('');
    expect(out).toContain("PluginGUID: '{f919de1a-efc4-4902-b7e5-56a314a87262}'\n");
  });

  it('takes any other plug-in', async () => {
    const { out } = await runCommand([
      ...['generate', ...ALL, '--plugin-guid={f919de1a-efc4-4902-b7e5-56a314a87262}'],
      '--plugin-input=x=y',
    ]);
    expect(resource(out).credspec.ActiveDirectoryConfig['HostAccountConfig']).toEqual({
      PluginGUID: '{f919de1a-efc4-4902-b7e5-56a314a87262}',
      PluginInput: 'x=y',
      PortableCcgVersion: '1',
    });
  });

  it.each([
    [['--sid=S-1-5-21-1-2-3-4'], /--sid: .*account's SID/],
    [['--guid=x'], /--guid: .*not a GUID/],
    [['--netbios=contoso.com'], /--netbios: .*dots/],
    [['--domain=DC=contoso,DC=com'], /--domain: .*distinguished name/],
    [
      ['--account=CONTOSO\\WebApp1'],
      /--account: "CONTOSO\\WebApp1" also names the domain\. Only "WebApp1" is the account/,
    ],
    [['--account=WebApp1@contoso.com'], /--account: .* Only "WebApp1" is the account/],
    [['--account=<account>'], /--account: "<account>" has a placeholder of the form <…>/],
    [['--account={{ .Values.account }}'], /--account: .* has a placeholder/],
    [['--domain={{ .Values.domain }}'], /--domain: .* has a placeholder/],
    [['--account='], /--account: "" is not the name of an account/],
    [['--account=$'], /--account: "\$" is not the name of an account/],
    [['--domain='], /--domain: .*missing/],
    [['--netbios='], /--netbios: It is empty/],
    [['--forest='], /--forest: It is empty/],
    [['--plugin-guid='], /--plugin-guid: "" is not a GUID\nhint: .*class ID/],
    [['--plugin-guid=x'], /--plugin-guid: "x" is not a GUID/],
    [['--additional-account='], /--additional-account: "" is not the name of an account/],
    [['--additional-account=a@'], /--additional-account: the domain "" has an empty part/],
    [['--additional-account=@dev.contoso.com'], /--additional-account: "" is not/],
    [
      ['--additional-account=a@b@dev.contoso.com'],
      /--additional-account: "a@b" also names the domain/,
    ],
    [['--additional-account=CONTOSO\\a'], /--additional-account: .* Only "a" is the account/],
    [['--platform=aks'], /missing: --identity-object-id, --secret-uri/],
    [['--platform=eks', '--credential-arn=x'], /--credential-arn: It must be an ARN/],
    [['--platform=eks', '--secret-uri=x'], /--secret-uri is not for --platform eks/],
    [['--secret-uri=x'], /--secret-uri is not for nodes in the domain/],
    [['--platform=aks', '--plugin-guid=x'], /two plug-ins/],
    [['--plugin-input=x'], /for --plugin-guid/],
    [['--platform=gke'], /one of aks, eks, rancher/],
    [['--allow=web'], /"web" is not `namespace\/name`/],
  ])('refuses %j', async (args, message) => {
    const { out, err, exitCode } = await runCommand(['generate', ...ALL, ...args]);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\[[a-z-]+\]/);
  });
});
