// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { PLAIN } from '../../style.ts';
import {
  type Diagnosis,
  diagnosisData,
  diagnosisText,
  firstBroken,
  verdictOf,
} from './diagnosis.ts';
import { broken, doubtful, holds, unknown } from './link.ts';

const diagnosis = (more: Partial<Diagnosis> = {}): Diagnosis => ({
  namespace: 'prod',
  workload: 'deployment/web',
  pod: 'web-6d4-x7k2p',
  container: 'iis',
  node: 'windows-0',
  credspec: 'webapp1',
  findings: [
    { link: 'admission', ...holds('the pod was admitted') },
    { link: 'contents', ...doubtful('older', 'contents-older') },
    { link: 'user', ...unknown('hangs\u001b[31m', 'program-hangs') },
    { link: 'secure-channel', ...broken('down', 'channel-down') },
  ],
  advice: [],
  repair: undefined,
  values: { pod: 'web-6d4-x7k2p', namespace: 'prod', account: 'WebApp1', domain: 'contoso.com' },
  ...more,
});

describe('diagnosisText', () => {
  it('names the first broken link last, where the eye ends', () => {
    expect(diagnosisText(diagnosis(), PLAIN))
      .toBe(`pod prod/web-6d4-x7k2p of deployment/web on node windows-0, container iis

LINK                RESULT     DETAIL
admission           holds      the pod was admitted
credspec            -          not looked at
contents            doubtful   older
start               -          not looked at
user                unknown    hangs\\u{1b}[31m
dns                 -          not looked at
domain-controller   -          not looked at
secure-channel      BROKEN     down
kerberos            -          not looked at

contents is doubtful.
remedy: make the pod again, for contents are filled in when it is made: kubectl delete pod web-6d4-x7k2p --namespace prod, or kubectl rollout restart of its workload
user is unknown.
remedy: try again with a longer --timeout; a program that hangs speaks for packets that are dropped on the way
secure-channel is the first broken link.
remedy: kubectl gmsa troubleshoot web-6d4-x7k2p --namespace prod --repair resets it; where that helps, the annotation gmsa-operator.io/repair-secure-channel: "true" in the pod template does it at each start
`);
  });

  it('tells what is so after a repair', () => {
    const repair = {
      type: 'tried',
      detail: 'reset, with dc01',
      after: [
        { link: 'secure-channel', ...holds('up') },
        { link: 'kerberos', ...holds('a ticket') },
      ],
    } as const;
    const [admission, , , channel] = diagnosis().findings;
    if (admission === undefined || channel === undefined) throw new Error('they are there');
    const repaired = diagnosis({ repair, findings: [admission, channel] });
    expect(firstBroken(repaired)).toBe(undefined);
    const text = diagnosisText(repaired, PLAIN);
    expect(text).toMatch(/^secure-channel +holds +up$/m);
    expect(text).toMatch(/^kerberos +holds +a ticket$/m);
    expect(text).toContain('repair: reset, with dc01\n');
    expect(text).toContain('All links hold: the container is WebApp1 in contoso.com.\n');
    expect(diagnosisText(diagnosis({ repair }), PLAIN)).toContain(
      'No link is known to be broken, and not all of them could be looked at.\n',
    );
  });

  it('says why it did not repair, and that a repair did not help', () => {
    const notTried = diagnosis({ repair: { type: 'not-tried', why: 'what is broken is dns' } });
    expect(diagnosisText(notTried, PLAIN)).toContain(
      'repair: not tried, for what is broken is dns\n',
    );
    const still = { link: 'secure-channel', ...broken('down', 'channel-down') } as const;
    const inVain = diagnosis({
      repair: { type: 'tried', detail: 'the reset failed', after: [still] },
    });
    expect(firstBroken(inVain)).toEqual(still);
    expect(diagnosisText(inVain, PLAIN)).toContain('secure-channel is the first broken link.');
  });
});

describe('the log of the node', () => {
  const findings = [{ link: 'start', ...broken('no', 'sandbox-plugin') }] as const;

  it('is explained where it is to be read, with what is known filled in', () => {
    const values = { node: 'windows-0', credspec: 'webapp1' };
    const text = diagnosisText(diagnosis({ findings, values }), PLAIN);
    expect(text).toContain(
      'remedy: on node windows-0, run Get-WinEvent -LogName Microsoft-Windows-Containers-CCG/Admin -MaxEvents 20;',
    );
    expect(text).toMatch(
      /\n\nEVENT OF Microsoft-Windows-Containers-CCG\/Admin +SAYS +WHAT TO DO\n1 /,
    );
    expect(text).toMatch(
      /^3 +the credential spec cannot be understood +kubectl gmsa lint webapp1, /m,
    );
    expect(diagnosisData(diagnosis({ findings, values }))).toMatchObject({
      nodeLog: {
        name: 'Microsoft-Windows-Containers-CCG/Admin',
        events: expect.arrayContaining([expect.objectContaining({ id: 9 })]),
      },
    });
  });

  it('is left alone where nothing is to be looked for in it', () => {
    expect(diagnosisText(diagnosis(), PLAIN)).not.toContain('EVENT');
    expect(diagnosisData(diagnosis())).not.toHaveProperty('nodeLog');
  });
});

describe('diagnosisData', () => {
  it('has all of it for programs', () => {
    expect(diagnosisData(diagnosis({ advice: ['smb-by-name'] }))).toMatchObject({
      namespace: 'prod',
      pod: 'web-6d4-x7k2p',
      firstBroken: 'secure-channel',
      links: [
        { link: 'admission', outcome: 'holds', remedy: null },
        { link: 'contents', outcome: 'doubtful' },
        { link: 'user', outcome: 'unknown' },
        { link: 'secure-channel', outcome: 'broken', remedy: expect.stringContaining('--repair') },
      ],
      advice: [expect.stringContaining('EnableCompartmentNamespace')],
    });
  });
});

describe('verdictOf', () => {
  const all = { link: 'admission', ...holds('the pod was admitted') } as const;

  it.each([
    ['ok', 'all links hold', [all]],
    ['ok', 'one is doubtful', [all, { link: 'contents', ...doubtful('older', 'contents-older') }]],
    [
      'trouble',
      'one could not be looked at',
      [all, { link: 'user', ...unknown('no', 'may-not-exec') }],
    ],
    [
      'no',
      'one is broken',
      [
        { link: 'user', ...unknown('no', 'may-not-exec') },
        { link: 'secure-channel', ...broken('down', 'channel-down') },
      ],
    ],
  ] as const)('is %s where %s', (verdict, _, findings) => {
    expect(verdictOf(diagnosis({ findings }))).toBe(verdict);
  });
});
