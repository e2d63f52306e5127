// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { runCommand } from '../testing/run-command.ts';

const FIXTURES = 'test/support/fixtures/credspecs';
const KEP = readFileSync(`${FIXTURES}/kep-689-webapplication1.json`);
const ECS = readFileSync(`${FIXTURES}/ecs-fargate-linux.json`);

async function convert(file: Buffer | string, ...args: string[]) {
  return runCommand(['convert', 'gmsa-WebApp1.json', ...args], {
    files: { 'gmsa-WebApp1.json': file },
  });
}

describe('kubectl gmsa convert', () => {
  it('writes the resource as the documentation has it', async () => {
    const { out, err, exitCode } = await convert(KEP);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(out)
      .toBe(`# Credential spec for WebApplication1 of contoso.com, converted from gmsa-WebApp1.json.
apiVersion: windows.k8s.io/v1
kind: GMSACredentialSpec
metadata:
  name: gmsa-webapp1
credspec:
  ActiveDirectoryConfig:
    GroupManagedServiceAccounts:
      - Name: WebApplication1
        Scope: DEMO
      - Name: WebApplication1
        Scope: contoso.com
  CmsPlugins:
    - ActiveDirectory
  DomainJoinConfig:
    DnsName: contoso.com
    DnsTreeName: contoso.com
    Guid: 244818ae-87ca-4fcd-92ec-e79e5252348a
    MachineAccountName: WebApplication1
    NetBiosName: DEMO
    Sid: S-1-5-21-2126729477-2524075714-3094792973
`);
  });

  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.json')))(
    'keeps every value of %s',
    async (name) => {
      const json = readFileSync(`${FIXTURES}/${name}`, 'utf8');
      const { credspec } = parse((await convert(json)).out) as { credspec: unknown };
      const input = JSON.parse(json) as {
        ActiveDirectoryConfig: { HostAccountConfig?: { PluginInput?: unknown } };
      };
      const host = input.ActiveDirectoryConfig.HostAccountConfig;
      if (typeof host?.PluginInput === 'object')
        host.PluginInput = JSON.stringify(host.PluginInput);
      expect(credspec).toEqual(input);
    },
  );

  it('writes PluginInput as text where it is an object', async () => {
    const { out, exitCode } = await convert(ECS);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      `PluginInput: '{"CredentialArn":"arn:aws:secretsmanager:aws-region:111122223333:secret:MySecret"}'`,
    );
  });

  it('quotes what kubectl would take for something else than text', async () => {
    const { out } = await convert(KEP.toString().replaceAll('DEMO', 'NO'));
    expect(out).toContain("NetBiosName: 'NO'");
    expect(out).toContain("Scope: 'NO'");
  });

  it.each(['0o17', '0x1F', '1e3', '12:30:45'])(
    'quotes the account %s, which a YAML parser takes for a number',
    async (account) => {
      const { out } = await convert(KEP.toString().replaceAll('WebApplication1', account));
      expect(out).toContain(`MachineAccountName: '${account}'\n`);
      expect(out).toContain(`- Name: '${account}'\n`);
    },
  );

  it.each(['CORP\\\\WebApp01', 'WebApp01@corp.example'])(
    'says which part of %s is the account',
    async (account) => {
      const { err, exitCode } = await convert(
        KEP.toString().replaceAll('WebApplication1', account),
      );
      expect(
        err.match(/Only "WebApp01" is the account.*\[account-name-with-domain\]/g),
      ).toHaveLength(3);
      expect(exitCode).toBe(1);
    },
  );

  it('reads what Windows PowerShell writes', async () => {
    const utf16 = Buffer.from(`\ufeff${KEP.toString()}`, 'utf16le');
    expect((await convert(utf16)).out).toBe((await convert(KEP)).out);
  });

  it('writes the annotation', async () => {
    const { out } = await convert(KEP, '--allow', 'shop/web', '--allow', 'batch/*');
    expect(out).toContain(
      '  annotations:\n    gmsa-operator.io/allowed-service-accounts: |\n      shop/web\n      batch/*\n',
    );
    const one = await convert(KEP, '--allow', 'shop/web');
    expect(one.out).toContain('gmsa-operator.io/allowed-service-accounts: shop/web\n');
  });

  it.each([
    [['--name', 'gmsa-WebApp2'], 'gmsa-webapp2'],
    [[], 'gmsa-webapp1'],
  ])('with %j names it %s', async (args, name) => {
    expect((await convert(KEP, ...args)).out).toContain(`\n  name: ${name}\n`);
  });

  it('names what comes from stdin for its account', async () => {
    const { out } = await runCommand(['convert', '-'], { files: { '-': KEP } });
    expect(out).toContain('\n  name: webapplication1\n');
  });

  it('tells what looks wrong, and says by its exit code what cannot work', async () => {
    const { out, err, exitCode } = await convert(KEP.toString().replace('S-1-5-21-', 'X'));
    expect(out).toContain('kind: GMSACredentialSpec');
    expect(err).toMatch(/^error: DomainJoinConfig.Sid .*\[sid-is-not-the-domains\]\n$/);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['an empty file', '', /is empty/],
    ['half a file', KEP.subarray(0, 100), /gmsa-WebApp1.json:\d+:\d+: This is not valid JSON/],
    [
      'a resource',
      readFileSync('config/samples/gmsa-webapp1.yaml'),
      /is a GMSACredentialSpec already/,
    ],
    ['another object', '{"apiVersion":"v1","kind":"Pod"}', /of kind Pod/],
    [
      'two of them',
      `${KEP.toString()}\n{}`,
      /gmsa-WebApp1.json:\d+:1: .* goes on after the end of the first value/,
    ],
    ['another JSON', readFileSync('package.json'), /none of the fields/],
    [
      'a resource of another API group',
      'apiVersion: auth.k8s.io/v1\nkind: GMSACredentialSpec\n',
      /is almost a GMSACredentialSpec/,
    ],
    ['a list', `[${KEP.toString()}]`, /none of the fields/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]), /not text/],
  ])('refuses %s in one line with the next step', async (_, file, message) => {
    const { out, err, exitCode } = await convert(file);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 3 });
    expect(err).toMatch(message);
    expect(err).toMatch(/^error: .*\nhint: .*\n$/);
  });

  it.each([
    [['--allow', 'web']],
    [['--allow', '*/web']],
    [['--allow', 'a/b c/d']],
    [['--name', '$']],
  ])('refuses %j as a wrong command line', async (args) => {
    const { out, err, exitCode } = await convert(KEP, ...args);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
    expect(err).toMatch(/^error: .*\nhint: .*\n$/);
  });
});
