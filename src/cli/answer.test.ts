// SPDX-License-Identifier: Apache-2.0
// Whoever runs a container or writes an object must not command the terminal of whoever asks about it.
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { changeAnswer } from './allow/change-answer.ts';
import { type Answer, printAnswer } from './answer.ts';
import { useAnswer } from './can-use/use-answer.ts';
import { findingsText } from './diagnose/doctor/findings-text.ts';
import { reportCredspecs } from './diagnose/status/report.ts';
import { detailsText, overviewText } from './diagnose/status/report-text.ts';
import { webapp1Credspec } from './diagnose/testing/snapshots.ts';
import { diagnosisText } from './diagnose/troubleshoot/diagnosis.ts';
import { broken, doubtful, holds } from './diagnose/troubleshoot/link.ts';
import { fakeIo } from './testing/fake-io.ts';
import { runCommand } from './testing/run-command.ts';

/** Clears the screen, in two ways, turns the text around, and begins a line of its own. */
const HOSTILE = 'a\u001b[2J\u009b2J\u202e\r\nforged: yes\n\u001b]0;title\u0007';

const CREDSPEC = webapp1Credspec({
  credspec: { DomainJoinConfig: { MachineAccountName: HOSTILE, DnsName: HOSTILE } },
  status: {
    conditions: [
      {
        ...{ type: HOSTILE, status: 'True', reason: HOSTILE, message: HOSTILE },
        lastTransitionTime: '2026-11-25T03:00:00Z',
      },
    ],
    warnings: [HOSTILE],
    bindings: [{ namespace: HOSTILE, serviceAccounts: [HOSTILE] }],
    missingNamespaces: [HOSTILE],
  },
});
const REPORTS = reportCredspecs({
  credspecs: [CREDSPEC],
  definition: 'with-status',
  generated: { type: 'absent' },
  bound: { bindings: [], notLookedAt: [] },
  pods: { type: 'read', value: [] },
  events: { type: 'read', value: [] },
});
const DIAGNOSIS = {
  ...{ namespace: 'shop', workload: undefined, pod: 'p', container: 'c', node: 'n', credspec: 'x' },
  values: { account: HOSTILE, domain: HOSTILE, pod: 'p', namespace: 'shop' },
} as const;

const TEXTS: Readonly<Record<string, Answer['text']>> = {
  status: (style) => overviewText(REPORTS, style),
  'status of one': (style) => REPORTS.map((report) => detailsText(report, style)).join(''),
  doctor: (style) =>
    findingsText(
      [{ area: 'pods', severity: 'error', message: HOSTILE, remedy: `do ${HOSTILE}` }],
      style,
    ),
  troubleshoot: (style) =>
    diagnosisText(
      {
        ...DIAGNOSIS,
        findings: [
          { link: 'dns', ...doubtful(HOSTILE, 'contents-older') },
          { link: 'secure-channel', ...broken(HOSTILE, 'channel-down') },
        ],
        advice: ['channel-down'],
        repair: undefined,
      },
      style,
    ),
  'troubleshoot with --repair': (style) =>
    diagnosisText(
      {
        ...DIAGNOSIS,
        findings: [],
        advice: [],
        repair: {
          ...{ type: 'tried', detail: HOSTILE },
          after: [{ link: 'secure-channel', ...holds(HOSTILE) }],
        },
      },
      style,
    ),
  'can-use': useAnswer({
    request: { credspec: 'x', namespace: 'shop', serviceAccount: 'web' },
    review: { allowed: false, reason: HOSTILE },
    grants: [],
    notLookedAt: [],
    serviceAccountExists: false,
    notInForce: { entry: 'shop/web', why: HOSTILE, next: 'kubectl gmsa status x' },
  }).text,
  allow: changeAnswer({
    name: 'x',
    change: {
      before: '',
      after: `${HOSTILE}/web`,
      outcomes: [{ entry: `${HOSTILE}/web`, outcome: 'allowed' }],
    },
    place: 'cluster',
    dryRun: 'none',
    inForce: { missingNamespaces: [HOSTILE] },
  }).text,
};

/** Without the colours that are our own. */
function withoutColours(text: string): string {
  return text.replaceAll(/\p{Cc}\[(1|2|22|3[1239])m/gu, '');
}

function expectHarmless(text: string): void {
  expect(text.replaceAll('\n', '')).not.toMatch(/(?! )[\p{C}\p{Z}]/u);
  expect(text).not.toMatch(/^forged/m);
}

describe('the data of an answer', () => {
  it.each([
    ['json', (text: string): unknown => JSON.parse(text)],
    ['yaml', (text: string): unknown => parse(text)],
  ] as const)('as %s escapes what others wrote, and loses nothing', async (form, read) => {
    const data = { [HOSTILE]: { list: [HOSTILE, HOSTILE] } };
    const io = fakeIo();
    await printAnswer(io, form, { data, text: () => '' });
    expectHarmless(io.out());
    expect(read(io.out())).toEqual(data);
  });
});

describe('the text of an answer', () => {
  it.each(Object.entries(TEXTS))('of %s escapes what others wrote', async (_, text) => {
    for (const terminal of [{ answers: [] }, {}]) {
      const io = fakeIo(terminal);
      await printAnswer(io, 'table', { data: {}, text });
      expect(io.out()).toContain('\\u{1b}[2J');
      expectHarmless(withoutColours(io.out()));
    }
  });

  it.each([['lint'], ['convert'], ['allow', 'x', 'a/b', '--file']])(
    'of %j escapes what stands in a file',
    async (...words) => {
      const name = JSON.stringify(HOSTILE);
      const files = {
        'x.yaml': `apiVersion: windows.k8s.io/v1\nkind: GMSACredentialSpec\nmetadata: {name: ${name}}\ncredspec: {DomainJoinConfig: {Sid: ${name}}}\n`,
        'x.json': `{"DomainJoinConfig": {"Sid": ${name}, "MachineAccountName": ${name}}}`,
      };
      const file = words[0] === 'convert' ? 'x.json' : 'x.yaml';
      const { out, err } = await runCommand([...words, file], { files });
      // What is written to be applied is YAML, which has escapes of its own.
      expect(out).not.toContain('\u001b');
      expect(out).not.toMatch(/\r|^forged/m);
      expectHarmless(err);
    },
  );
});
