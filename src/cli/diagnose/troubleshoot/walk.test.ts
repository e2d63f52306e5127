// SPDX-License-Identifier: Apache-2.0
// What cannot be run, and what that means for the rest of the chain. The real thing is in test/cli.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../kube/client/api-error.ts';
import type { ExecResult } from '../../../kube/pods/exec.ts';
import { lookInside, type RunInContainer } from './walk.ts';

const FIXTURES = new URL('../../../../test/support/fixtures/windows-output/', import.meta.url);
const recorded = (name: string): string => readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8');

const SUBJECT = { domain: 'contoso.com', account: 'WebApp1' };

const ran = (stdout: string, exitCode = 0): ExecResult => ({
  type: 'ran',
  stdout,
  stderr: '',
  exitCode,
});

/** Answers by the program's name; what it is not told of is nothing that is understood. */
function container(answers: Readonly<Record<string, ExecResult | Error>>) {
  const commands: string[] = [];
  const run: RunInContainer = ([program, ...args]) => {
    commands.push([program, ...args].join(' '));
    const answer = answers[program] ?? ran('');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { run, commands };
}

async function outcomes(answers: Parameters<typeof container>[0], runAs?: string) {
  const { run, commands } = container(answers);
  const findings = await lookInside(run, SUBJECT, runAs);
  return {
    commands,
    found: findings.map(({ link, outcome, remedy }) => `${link} ${outcome} ${remedy ?? ''}`.trim()),
  };
}

describe('lookInside', () => {
  it('finds every link to hold in a container that is in order', async () => {
    const nltest: Readonly<Record<string, string>> = {
      '/dsgetdc:contoso.com': recorded('nltest-dsgetdc-found'),
      '/parentdomain': recorded('nltest-parentdomain-domain'),
      '/query': recorded('nltest-query-success'),
      '/sc_verify:contoso.com': recorded('nltest-sc-verify-success'),
    };
    const others: Readonly<Record<string, string>> = {
      'whoami.exe': 'user manager\\containeradministrator\r\n',
      'nslookup.exe': recorded('nslookup-srv-records'),
      'klist.exe': recorded('klist-ticket'),
    };
    const run: RunInContainer = ([program, first = '']) =>
      Promise.resolve(ran(others[program] ?? nltest[first] ?? ''));
    const findings = await lookInside(run, { ...SUBJECT, account: 'WebApp01' }, undefined);
    expect(findings.map(({ link, outcome, detail }) => `${link} ${outcome}: ${detail}`)).toEqual([
      'user holds: it runs as "user manager\\containeradministrator", which has a ticket of the account; services in it may run as others',
      'dns holds: domain controllers: dc01.contoso.local, dc02.contoso.local',
      'domain-controller holds: DC1 at 192.168.0.1',
      'secure-channel holds: up, with dc01.contoso.com',
      'kerberos holds: a ticket for WebApp01$ @ GMSAPING.COM',
    ]);
  });

  it('goes by what is printed, and not by exit codes', async () => {
    const { found } = await outcomes({
      'whoami.exe': ran('nt authority\\system\r\n'),
      'nslookup.exe': ran(recorded('nslookup-srv-records'), 1),
      'klist.exe': ran(recorded('klist-access-denied'), 0),
    });
    expect(found).toEqual([
      'user holds',
      'dns holds',
      'domain-controller unknown unintelligible',
      'secure-channel unknown unintelligible',
      'kerberos broken user-without-identity',
    ]);
  });

  it('runs nothing behind a broken link', async () => {
    const { found, commands } = await outcomes({
      'nslookup.exe': ran(recorded('nslookup-timed-out')),
    });
    expect(found).toEqual(['user doubtful user-without-identity', 'dns broken dns-timed-out']);
    expect(commands.some((command) => command.startsWith('nltest'))).toBe(false);
  });

  it('does without programs that the image lacks, and without whoami by runAsUserName', async () => {
    // microsoft/vscode-docker 1728.
    const missing: ExecResult = {
      type: 'not-started',
      message: recorded('exec-no-such-program'),
    };
    const { found } = await outcomes(
      { 'whoami.exe': missing, 'nslookup.exe': missing, 'nltest.exe': missing },
      'NT AUTHORITY\\LOCAL SERVICE',
    );
    expect(found).toEqual(['user broken user-without-identity']);
    const others = await outcomes({ 'nslookup.exe': missing, 'nltest.exe': missing });
    expect(others.found).toEqual([
      'user doubtful user-without-identity',
      'dns unknown no-such-program',
      'domain-controller unknown no-such-program',
      'secure-channel unknown no-such-program',
      'kerberos unknown unintelligible',
    ]);
  });

  it.each<readonly [string, ExecResult | Error]>([
    ['may-not-exec', new ApiError('exec', 403, { message: 'no' })],
    ['kubelet-unreachable', new ApiError('exec', 502, { message: 'no' })],
    ['pod-gone', new ApiError('exec', 404, { message: 'pods "web" not found' })],
    ['exec-refused', new ApiError('exec', 400, { message: 'container none is not valid' })],
    ['kubelet-unreachable', { type: 'not-started', message: 'connection refused' }],
    ['kubelet-unreachable', { type: 'cut-off' }],
  ])('asks once where nothing can be run (%s)', async (remedy, answer) => {
    const { found, commands } = await outcomes({ 'whoami.exe': answer });
    expect(found).toEqual([`user unknown ${remedy}`]);
    expect(commands).toEqual(['whoami.exe']);
  });

  it('takes little time whatever the container prints', async () => {
    const started = performance.now();
    const rubbish = [' ', '\n', '\t\n', 'Status = ', 'x '].map((text) =>
      text.repeat(65_536 / text.length),
    );
    for (const text of rubbish) {
      const answer = ran(text);
      const { found } = await outcomes({
        'whoami.exe': answer,
        'nslookup.exe': answer,
        'nltest.exe': answer,
        'klist.exe': answer,
      });
      expect(found.at(-1)).toBe('kerberos unknown unintelligible');
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('goes on behind a program that hangs', async () => {
    const { found } = await outcomes({ 'nslookup.exe': { type: 'timed-out' } });
    expect(found.slice(1, 3)).toEqual([
      'dns unknown program-hangs',
      'domain-controller unknown unintelligible',
    ]);
  });

  it('leaves it to whoever asked that the API server does not know them any more', async () => {
    const { run } = container({ 'nslookup.exe': new ApiError('exec', 401, {}) });
    await expect(lookInside(run, SUBJECT, undefined)).rejects.toMatchObject({ code: 401 });
  });

  it('leaves what it cannot explain to whoever can', async () => {
    const { run } = container({ 'whoami.exe': new Error('connect ECONNREFUSED') });
    await expect(lookInside(run, SUBJECT, undefined)).rejects.toThrow('ECONNREFUSED');
  });
});
