// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { encodeText } from '../documents/decode-text.ts';
import { OBJECT_CHECKS, severityOf } from './lint-finding.ts';
import { lintFile } from './lint-file.ts';
import { runCommand } from '../testing/run-command.ts';

const FIXTURES = 'test/support/fixtures/credspecs';
const GOOD = readFileSync('config/samples/gmsa-reports.yaml', 'utf8');
const JSON_FILE = readFileSync(`${FIXTURES}/kep-689-webapplication1.json`, 'utf8');

/** `line check` of everything that is found. */
function found(text: string, file = 'x.yaml'): string[] {
  return lintFile(file, Buffer.from(text)).findings.map(
    ({ line, check }) => `${line ?? 0} ${check}`,
  );
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

describe('lint of files', () => {
  it.each(readdirSync('config/samples'))('finds nothing in the sample %s', (name) => {
    expect(found(readFileSync(`config/samples/${name}`, 'utf8'))).toEqual([]);
  });

  it('finds in the documented files what is documented, and names that Kubernetes refuses', () => {
    const files = readdirSync(FIXTURES).filter((name) => /\.(json|yaml)$/.test(name));
    const all = files.flatMap((file) =>
      found(readFileSync(`${FIXTURES}/${file}`, 'utf8'), file).map((what) => `${file}: ${what}`),
    );
    expect(all).toEqual([
      'ecs-fargate-linux.json: 23 wrong-type',
      'kubernetes-configure-gmsa.yaml: 4 invalid-name',
      'rancher-ccg-plugin.yaml: 4 invalid-name',
      'rancher-plugin-gmsa-webapp1.yaml: 4 invalid-name',
      'windows-gmsa-credspec-1.yaml: 1 deprecated-version',
    ]);
  });

  const faulty: readonly (readonly [string, string, string])[] = [
    ['a wrong SID', 'S-1-5-21-2554468230-2647958158-2204241789', 'sid-is-not-the-domains'],
    ['an account that is not listed', 'MachineAccountName: Reports', 'account-not-listed'],
    ['an entry that is none', 'billing/invoices', 'invalid-annotation'],
    ['a name that is none', 'name: gmsa-reports', 'invalid-name'],
    ['a number in place of text', 'NetBiosName: CORP', 'wrong-type'],
    ['no contents', 'credspec:', 'contents-missing'],
    ['another version', 'windows.k8s.io/v1', 'deprecated-version'],
  ];
  const change: Readonly<Record<string, string>> = {
    'sid-is-not-the-domains': 'S-1-5-32',
    'account-not-listed': 'MachineAccountName: Other',
    'invalid-annotation': '*/invoices',
    'invalid-name': 'name: gmsa-Reports',
    'wrong-type': 'NetBiosName: 7',
    'contents-missing': 'spec:',
    'deprecated-version': 'windows.k8s.io/v1alpha1',
  };

  it.each(faulty)('tells the line of %s', (_, part, check) => {
    const text = GOOD.replace(part, change[check] ?? '');
    const annotation = lineOf(GOOD, 'gmsa-operator.io/allowed');
    const line = { 'invalid-annotation': annotation }[check];
    expect(found(text)).toEqual([`${line ?? lineOf(GOOD, part)} ${check}`]);
  });

  it.each(['<account>', '${ACCOUNT}', '$ACCOUNT', '{{ .Values.account }}', '"{{ account }}"'])(
    'finds the placeholder %s in a field, with its line',
    (placeholder) => {
      const text = GOOD.replace(
        'MachineAccountName: Reports',
        `MachineAccountName: ${placeholder}`,
      );
      expect(found(text)).toEqual([`${lineOf(GOOD, 'MachineAccountName')} placeholder`]);
    },
  );

  it.each([
    ['a manifest in UTF-16', GOOD, true, []],
    ['a manifest in UTF-16 without byte order mark', GOOD, false, ['not-readable']],
    ['contents in UTF-16 without byte order mark', JSON_FILE, false, []],
  ])('finds in %s what kubectl would', (_, text, marked, checks) => {
    const bytes = encodeText(text, { charset: 'utf-16be', marked });
    expect(lintFile('-', bytes).findings.map(({ check }) => check)).toEqual(checks);
  });

  it('tells where the file is missing what it must have', () => {
    expect(found(GOOD.slice(0, GOOD.indexOf('credspec:')))).toEqual(['3 contents-missing']);
  });

  it('tells the lines of several documents, and passes over other objects', () => {
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n';
    const bad = GOOD.replace('S-1-5-21-', 'X');
    expect(found([GOOD, other, bad].join('---\n'))).toEqual([
      `${GOOD.split('\n').length + 4 + lineOf(GOOD, 'S-1-5-21-')} sid-is-not-the-domains`,
    ]);
  });

  it('looks into lists', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  -\n${GOOD.replace('NetBiosName: CORP', 'NetBiosName: x.y').replaceAll(/^(?=.)/gm, '    ')}`;
    expect(found(list)).toEqual([`${4 + lineOf(GOOD, 'NetBiosName')} netbios-name-with-dots`]);
  });

  it('tells the line in the JSON of New-CredentialSpec', () => {
    expect(found(JSON_FILE.replace('"Sid": "', '"Sid": "X'), 'x.json')).toEqual([
      `${lineOf(JSON_FILE, '"Sid"')} sid-is-not-the-domains`,
    ]);
  });

  it.each([
    ['nothing', '', 'no-credential-spec'],
    ['a list of words', '- a\n- b\n', 'no-credential-spec'],
    ['other objects alone', 'apiVersion: v1\nkind: Pod\n', 'no-credential-spec'],
    ['a picture', '\u0089PNG\r\n\u001a\n\0\0', 'not-readable'],
    ['half a file', '{"CmsPlugins": [', 'not-readable'],
  ])('says of %s in one line that it is none', (_, text, check) => {
    expect(found(text)).toEqual([`1 ${check}`]);
  });

  it('has a severity for each of its own checks, and shows no PluginInput', () => {
    for (const check of Object.keys(OBJECT_CHECKS) as (keyof typeof OBJECT_CHECKS)[]) {
      expect(severityOf({ check })).toMatch(/^(error|warning)$/);
    }
    const secret = JSON_FILE.replace(
      '"ActiveDirectoryConfig": {',
      '"ActiveDirectoryConfig": { "HostAccountConfig": { "PluginInput": { "x": "hunter2" } },',
    );
    expect(JSON.stringify(lintFile('x.json', Buffer.from(secret)))).not.toContain('hunter2');
  });
});

describe('kubectl gmsa lint', () => {
  const files = {
    'good.yaml': GOOD,
    'bad.yaml': GOOD.replace('S-1-5-21-', 'X'),
    'doubtful.yaml': GOOD.replace('windows.k8s.io/v1', 'windows.k8s.io/v1alpha1'),
    '-': GOOD,
  };

  it.each([
    [['good.yaml'], 0],
    [['bad.yaml'], 1],
    [['doubtful.yaml'], 0],
    [['doubtful.yaml', '--strict'], 1],
    [['-'], 0],
    [['good.yaml', 'missing.yaml'], 3],
    [['Not-A-Name'], 3],
    [[], 2],
  ])('%j ends with exit code %d', async (args, exitCode) => {
    expect((await runCommand(['lint', ...args], { files })).exitCode).toBe(exitCode);
  });

  it('prints places as editors find them, and how much there was', async () => {
    const { out } = await runCommand(['lint', 'good.yaml', 'bad.yaml', 'doubtful.yaml'], { files });
    const sid = `bad.yaml:${lineOf(GOOD, 'Sid:')}: error: DomainJoinConfig.Sid "X`;
    const version = `doubtful.yaml:${lineOf(GOOD, 'apiVersion')}: warning: apiVersion`;
    const lines = out.split('\n');
    expect(lines[0]?.startsWith(sid)).toBe(true);
    expect(lines[0]?.endsWith('[sid-is-not-the-domains]')).toBe(true);
    expect(lines[1]?.startsWith(version)).toBe(true);
    expect(lines[2]).toBe('3 credential specs: 1 error, 1 warning');
  });

  it('prints the first hundred of what is wrong with a file, and as JSON all of it', async () => {
    const options = { files: { 'many.yaml': '--- a\n'.repeat(250) } };
    const { out } = await runCommand(['lint', 'many.yaml'], options);
    const lines = out.split('\n');
    expect(lines).toHaveLength(103);
    expect(lines[99]).toMatch(/^many.yaml:100: error: /);
    expect(lines[100]).toBe('many.yaml: … and 150 more; -o json has all of them');
    expect(lines[101]).toBe('0 credential specs: 250 errors, 0 warnings');
    const { out: json } = await runCommand(['lint', 'many.yaml', '-o', 'json'], options);
    expect((JSON.parse(json) as { findings: unknown[] }).findings).toHaveLength(250);
  });

  it('prints the same as JSON', async () => {
    const { out } = await runCommand(['lint', 'bad.yaml', '-o', 'json'], { files });
    expect(JSON.parse(out)).toMatchObject({
      ...{ credspecs: 1, errors: 1, warnings: 0 },
      findings: [
        {
          source: 'bad.yaml',
          line: lineOf(GOOD, 'Sid:'),
          path: 'credspec.DomainJoinConfig.Sid',
          severity: 'error',
          check: 'sid-is-not-the-domains',
        },
      ],
    });
  });
});
