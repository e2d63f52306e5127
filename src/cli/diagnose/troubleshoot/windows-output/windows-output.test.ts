// SPDX-License-Identifier: Apache-2.0
// The parsers and the probes on what the programs really printed: test/support/fixtures/windows-output says where.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DNS_PROBE } from '../links/dns.ts';
import { KERBEROS_PROBE } from '../links/kerberos.ts';
import { failureOf, parseDomainController, parseSecureChannel } from './nltest.ts';

const FIXTURES = new URL('../../../../../test/support/fixtures/windows-output/', import.meta.url);
const recorded = (name: string): string => readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8');

const RPC_DOWN = { of: 'I_NetLogonControl', code: 1722, name: 'RPC_S_SERVER_UNAVAILABLE' };

describe('parseSecureChannel', () => {
  it.each([
    ['nltest-query-success', { type: 'up', domainController: undefined }],
    ['nltest-sc-verify-success', { type: 'up', domainController: 'dc01.contoso.com' }],
    ['nltest-sc-reset-success', { type: 'up', domainController: 'dc10.domain.example' }],
    ['nltest-query-1722', { type: 'down', status: RPC_DOWN }],
    ['nltest-sc-verify-1722', { type: 'down', status: RPC_DOWN }],
    [
      // And below it: "The command completed successfully".
      'nltest-query-1311',
      { type: 'down', status: { of: 'Connection', code: 1311, name: 'ERROR_NO_LOGON_SERVERS' } },
    ],
    [
      'nltest-query-1787',
      {
        type: 'down',
        status: { of: 'Connection', code: 1787, name: 'ERROR_NO_TRUST_SAM_ACCOUNT' },
      },
    ],
    [
      'nltest-sc-verify-1311',
      {
        type: 'down',
        status: { of: 'Trusted DC Connection', code: 1311, name: 'ERROR_NO_LOGON_SERVERS' },
      },
    ],
    [
      'nltest-sc-verify-1787',
      {
        type: 'down',
        status: { of: 'Trusted DC Connection', code: 1787, name: 'ERROR_NO_TRUST_SAM_ACCOUNT' },
      },
    ],
  ])('reads %s by its statuses', (name, wanted) => {
    expect(parseSecureChannel(recorded(name))).toEqual(wanted);
  });

  it('is not content with "completed successfully" alone', () => {
    expect(parseSecureChannel('The command completed successfully\r\n')).toEqual({
      type: 'unintelligible',
    });
    expect(parseSecureChannel('')).toEqual({ type: 'unintelligible' });
  });

  it('finds a failed verification below a connection that is up', () => {
    const output =
      'Trusted DC Connection Status Status = 0 0x0 NERR_Success\r\nTrust Verification Status = 5 0x5\r\n';
    expect(parseSecureChannel(output)).toEqual({
      type: 'down',
      status: { of: 'Trust Verification', code: 5, name: '5' },
    });
  });
});

describe('failureOf', () => {
  it.each([
    ['nltest-parentdomain-domain', undefined],
    [
      'nltest-parentdomain-1722',
      { of: 'Getting parent domain', code: 1722, name: 'RPC_S_SERVER_UNAVAILABLE' },
    ],
    ['klist-ticket', undefined],
  ])('reads %s', (name, wanted) => {
    expect(failureOf(recorded(name))).toEqual(wanted);
  });
});

describe('parseDomainController', () => {
  it.each([
    ['nltest-dsgetdc-found', { type: 'found', name: 'DC1', address: '192.168.0.1' }],
    [
      'nltest-dsgetdc-1355',
      {
        type: 'failed',
        status: { of: 'Getting DC name', code: 1355, name: 'ERROR_NO_SUCH_DOMAIN' },
      },
    ],
    ['nslookup-timed-out', { type: 'unintelligible' }],
  ])('reads %s', (name, wanted) => {
    expect(parseDomainController(recorded(name))).toEqual(wanted);
  });
});

describe('DNS_PROBE', () => {
  const judged = (output: string) =>
    DNS_PROBE.judge([output, output], { domain: 'contoso.com', account: 'webapp01' }).detail;
  const NOT_UNDERSTOOD = 'nslookup says over UDP what is not understood';

  it.each([
    ['nslookup-srv-records', 'domain controllers: dc01.contoso.local, dc02.contoso.local'],
    [
      'nslookup-srv-no-such-name',
      'DNS server 2001:db8::1 knows no domain controllers of contoso.com',
    ],
    ['nslookup-timed-out', 'DNS server 10.0.0.10 does not answer over UDP'],
    // An answer, but none with SRV records in it.
    ['nslookup-found-after-timeout', NOT_UNDERSTOOD],
    ['nltest-query-success', NOT_UNDERSTOOD],
  ])('reads %s', (name, wanted) => {
    expect(judged(recorded(name))).toBe(wanted);
  });

  it('tells a server that will not from one that does not know', () => {
    const head = 'Server:  UnKnown\r\nAddress:  10.0.0.10\r\n\r\n';
    expect(judged(`${head}*** UnKnown can't find contoso.com: Query refused\r\n`)).toBe(
      'DNS server 10.0.0.10 answers: Query refused',
    );
    expect(judged(`${head}contoso.com\r\n\tprimary name server = dc01.contoso.com\r\n`)).toBe(
      'DNS server 10.0.0.10 knows no domain controllers of contoso.com',
    );
  });
});

describe('KERBEROS_PROBE', () => {
  it.each([
    ['klist-ticket', 'a ticket for WebApp01$ @ GMSAPING.COM'],
    ['klist-access-denied', 'no ticket: 0xc0000022 {Access Denied}'],
    [
      'klist-no-credentials',
      'no ticket: 0x8009030e No credentials are available in the security package',
    ],
    ['nltest-query-success', 'klist says what is not understood'],
  ])('reads %s', (name, wanted) => {
    const subject = { domain: 'contoso.com', account: 'webapp01' };
    expect(KERBEROS_PROBE.judge([recorded(name)], subject).detail).toBe(wanted);
  });
});
