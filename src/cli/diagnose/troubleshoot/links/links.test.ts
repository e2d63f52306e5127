// SPDX-License-Identifier: Apache-2.0
// Each link, judged. What programs print is from test/support/fixtures/windows-output.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Refusal } from '../../refusal.ts';
import { WEBAPP1, WEBAPP1_IN_POD, webapp1Pod } from '../../testing/pods.ts';
import { read } from '../../testing/read.ts';
import { judgeAdmission } from './admission.ts';
import { identityOf, judgeContents, judgeCredspec } from './contents.ts';
import { DNS_PROBE } from './dns.ts';
import { DOMAIN_CONTROLLER_PROBE } from './domain-controller.ts';
import { KERBEROS_PROBE } from './kerberos.ts';
import { judgeReset, SECURE_CHANNEL_PROBE } from './secure-channel.ts';

const FIXTURES = new URL('../../../../../test/support/fixtures/windows-output/', import.meta.url);
const recorded = (name: string): string => readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8');

const SUBJECT = { domain: 'contoso.com', account: 'webapp01' };
const USE = { credspec: 'webapp1', contents: WEBAPP1_IN_POD };

const UNREADABLE = { type: 'unreadable', why: 'events is forbidden' } as const;
const NONE_WANTED = { missing: 0, present: 0, wantsNone: 'replicas: 0' };

describe('judgeAdmission', () => {
  const refusal: Refusal = {
    reason: 'not-authorized',
    credspec: 'webapp1',
    serviceAccount: 'web',
    namespace: 'prod',
    owner: 'ReplicaSet webapp1-6d4',
    ownerUid: 'u',
    message: 'no',
    count: 2,
    lastSeen: '',
  };

  it('is broken by a refusal as long as pods are missing, with all that the remedy needs', () => {
    expect(judgeAdmission({ missing: 1, present: 0, failures: read([refusal]) })).toEqual({
      outcome: 'broken',
      detail: 'refused 2 times: no',
      remedy: 'not-authorized',
      values: {
        owner: 'replicaset/webapp1-6d4',
        namespace: 'prod',
        credspec: 'webapp1',
        'service-account': 'web',
      },
    });
  });

  it.each([
    ['holds', undefined, { missing: 0, present: 1, failures: read([]) }],
    ['holds', undefined, { missing: 0, present: 1, failures: read([refusal]) }],
    ['holds', undefined, { missing: 0, present: 1, failures: UNREADABLE }],
    ['doubtful', 'no-pods', { missing: 2, present: 1, failures: read([]) }],
    ['doubtful', 'may-not-list-events', { missing: 2, present: 1, failures: UNREADABLE }],
    ['broken', 'no-pods', { missing: 1, present: 0, failures: read([]) }],
    ['broken', 'no-pods', { missing: 0, present: 0, failures: read([]) }],
    ['broken', 'may-not-list-events', { missing: 1, present: 0, failures: UNREADABLE }],
    ['unknown', 'wants-no-pods', { ...NONE_WANTED, failures: read([]) }],
    ['unknown', 'wants-no-pods', { ...NONE_WANTED, missing: 1, failures: read([refusal]) }],
    ['unknown', 'wants-no-pods', { ...NONE_WANTED, failures: UNREADABLE }],
  ])('is %s (%s) for %j', (outcome, remedy, supply) => {
    expect(judgeAdmission(supply)).toMatchObject({ outcome, ...(remedy && { remedy }) });
  });

  it('quotes the latest pod that could not be made, whatever was in its way', () => {
    const message = 'pods "x" is forbidden: exceeded quota: few';
    const failures = read([refusal, { ...refusal, reason: 'other' as const, message, count: 1 }]);
    expect(judgeAdmission({ missing: 1, present: 0, failures })).toMatchObject({
      detail: `refused once: ${message}`,
      remedy: 'refused',
    });
  });

  it('says that Events may not be listed, in the words of the API server', () => {
    const { detail } = judgeAdmission({ missing: 1, present: 0, failures: UNREADABLE });
    expect(detail).toBe(
      'there is no pod, and you may not list Events, which may say why: events is forbidden',
    );
  });
});

describe('judgeCredspec and judgeContents', () => {
  const read = (credspec: unknown) => ({ type: 'read', value: { credspec } }) as const;
  const wrong = JSON.stringify({ ...WEBAPP1, CmsPlugins: [] });
  const noDomain = JSON.stringify({
    ...WEBAPP1,
    DomainJoinConfig: { ...WEBAPP1.DomainJoinConfig, DnsName: undefined },
  });

  it('wants a name', () => {
    const pod = webapp1Pod();
    const known = { isKnownToBeWindows: true, use: USE, pod };
    expect(judgeCredspec(known).outcome).toBe('holds');
    const without = { ...known, use: { ...USE, credspec: undefined } };
    expect(judgeCredspec(without)).toEqual({
      outcome: 'broken',
      detail: 'the container names no credential spec, and neither does its pod',
      remedy: 'names-no-credspec',
    });
    const alpha = 'pod.alpha.windows.kubernetes.io/gmsa-credential-spec-name';
    const old = webapp1Pod({ metadata: { annotations: { [alpha]: 'webapp1' } } });
    expect(judgeCredspec({ ...without, pod: old }).detail).toBe(
      `the pod names its credential spec in the annotation "${alpha}", which has no effect since Kubernetes 1.16`,
    );
    expect(judgeCredspec({ ...without, isKnownToBeWindows: false }).detail).toBe(
      'the container names no credential spec, and neither does its pod; whether it is a Windows pod is not known',
    );
  });

  it.each([
    ['holds', undefined, USE, read(WEBAPP1)],
    ['holds', undefined, USE, { type: 'unreadable', why: 'no' } as const],
    ['doubtful', 'contents-older', USE, read({ ...WEBAPP1, CmsPlugins: ['ActiveDirectory', 'x'] })],
    ['doubtful', 'credspec-gone', USE, { type: 'absent' } as const],
    ['broken', 'contents-not-filled-in', { ...USE, contents: undefined }, read(WEBAPP1)],
    ['broken', 'contents-wrong', { ...USE, contents: wrong }, read(WEBAPP1)],
    ['broken', 'contents-wrong', { ...USE, contents: noDomain }, read(WEBAPP1)],
    ['broken', 'contents-wrong', { ...USE, contents: 'not JSON' }, read(WEBAPP1)],
  ])('is %s (%s)', (outcome, remedy, use, credspec) => {
    expect(judgeContents(use, credspec)).toMatchObject({ outcome, ...(remedy && { remedy }) });
  });

  it('takes domain, account and plug-in from the contents', () => {
    const plugin = { HostAccountConfig: { PluginInput: 'hunter2' } };
    expect(identityOf(USE)).toEqual({
      domain: 'contoso.com',
      account: 'WebApp1',
      usesPlugin: false,
    });
    expect(
      identityOf({
        ...USE,
        contents: JSON.stringify({ ...WEBAPP1, ActiveDirectoryConfig: plugin }),
      }).usesPlugin,
    ).toBe(true);
  });
});

describe('DNS_PROBE', () => {
  const RECORDS = recorded('nslookup-srv-records');
  const LOST = recorded('nslookup-timed-out');

  it('asks over UDP and over TCP, away from the search domains', () => {
    expect(DNS_PROBE.commands(SUBJECT)).toEqual([
      ['nslookup.exe', '-type=SRV', '_ldap._tcp.dc._msdcs.contoso.com.'],
      ['nslookup.exe', '-vc', '-type=SRV', '_ldap._tcp.dc._msdcs.contoso.com.'],
    ]);
  });

  it.each([
    ['holds', 'dc01.contoso.local', [RECORDS, RECORDS]],
    ['broken', 'over UDP', [LOST, RECORDS]],
    ['broken', 'over TCP', [RECORDS, LOST]],
    [
      'broken',
      'knows no domain controllers of contoso.com',
      [recorded('nslookup-srv-no-such-name'), RECORDS],
    ],
    ['unknown', 'not understood', ['', '']],
  ])('is %s: %s', (outcome, detail, outputs) => {
    expect(DNS_PROBE.judge(outputs, SUBJECT)).toMatchObject({
      outcome,
      detail: expect.stringContaining(detail),
    });
  });
});

describe('DOMAIN_CONTROLLER_PROBE', () => {
  it.each([
    ['holds', undefined, 'nltest-dsgetdc-found'],
    ['broken', 'no-domain-controller', 'nltest-dsgetdc-1355'],
    ['unknown', 'netlogon-does-not-run', 'nltest-query-1722'],
    ['unknown', 'unintelligible', 'klist-ticket'],
  ])('is %s (%s) by %s', (outcome, remedy, output) => {
    expect(DOMAIN_CONTROLLER_PROBE.judge([recorded(output)], SUBJECT)).toMatchObject({
      outcome,
      ...(remedy && { remedy }),
    });
  });
});

describe('SECURE_CHANNEL_PROBE', () => {
  const ACCESS_DENIED = 'I_NetLogonControl failed: Status = 5 0x5 ERROR_ACCESS_DENIED\r\n';
  const LOST =
    'Trusted DC Connection Status Status = 1789 0x6fd ERROR_TRUSTED_RELATIONSHIP_FAILURE';
  const DOMAIN = recorded('nltest-parentdomain-domain');
  const UP = recorded('nltest-query-success');

  it.each([
    ['holds', undefined, [DOMAIN, UP, recorded('nltest-sc-verify-success')]],
    ['holds', undefined, [DOMAIN, UP, 'nothing that is known']],
    ['broken', 'netlogon-does-not-run', [recorded('nltest-parentdomain-1722'), '', '']],
    ['broken', 'channel-down', [DOMAIN, recorded('nltest-query-1722'), '']],
    // It says below that: "The command completed successfully".
    ['broken', 'channel-down', [DOMAIN, recorded('nltest-query-1311'), '']],
    ['broken', 'account-unknown', [DOMAIN, recorded('nltest-query-1787'), '']],
    ['broken', 'account-unknown', [DOMAIN, UP, recorded('nltest-sc-verify-1787')]],
    ['broken', 'channel-down', [DOMAIN, UP, recorded('nltest-sc-verify-1311')]],
    ['broken', 'trust-lost', [DOMAIN, UP, LOST]],
    ['unknown', 'channel-needs-administrator', [DOMAIN, UP, ACCESS_DENIED]],
    ['unknown', 'channel-needs-administrator', [DOMAIN, ACCESS_DENIED, ACCESS_DENIED]],
    ['holds', undefined, [DOMAIN, ACCESS_DENIED, recorded('nltest-sc-verify-success')]],
    ['broken', 'channel-down', [DOMAIN, ACCESS_DENIED, recorded('nltest-sc-verify-1311')]],
    ['unknown', 'channel-needs-administrator', [DOMAIN, ACCESS_DENIED, '']],
    // The domain controller refused the account.
    ['broken', 'channel-down', [DOMAIN, UP, recorded('nltest-sc-query-5')]],
    ['broken', 'channel-down', [DOMAIN, recorded('nltest-sc-query-5'), '']],
    ['unknown', 'unintelligible', ['', '', '']],
  ])('is %s (%s)', (outcome, remedy, outputs) => {
    expect(SECURE_CHANNEL_PROBE.judge(outputs, SUBJECT)).toMatchObject({
      outcome,
      ...(remedy && { remedy }),
    });
  });

  it('judges a reset by its statuses, too', () => {
    expect(judgeReset(recorded('nltest-sc-reset-success'))).toEqual({
      outcome: 'holds',
      detail: 'reset, with dc10.domain.example',
    });
    expect(judgeReset(recorded('nltest-sc-verify-1311')).outcome).toBe('broken');
    expect(judgeReset('The command completed successfully').outcome).toBe('broken');
  });
});

describe('KERBEROS_PROBE', () => {
  it('is doubtful about a ticket for somebody else', () => {
    const subject = { ...SUBJECT, account: 'WebApp2' };
    expect(KERBEROS_PROBE.judge([recorded('klist-ticket')], subject)).toEqual({
      outcome: 'doubtful',
      detail: 'a ticket for WebApp01$ @ GMSAPING.COM, and not for WebApp2$',
      remedy: 'user-without-identity',
    });
  });

  it.each([
    ['holds', undefined, 'klist-ticket'],
    ['broken', 'user-without-identity', 'klist-access-denied'],
    ['broken', 'no-ticket', 'klist-no-credentials'],
    ['unknown', 'unintelligible', 'nltest-query-success'],
  ])('is %s (%s) by %s', (outcome, remedy, output) => {
    expect(KERBEROS_PROBE.judge([recorded(output)], SUBJECT)).toMatchObject({
      outcome,
      ...(remedy && { remedy }),
    });
  });
});
