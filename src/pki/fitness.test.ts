// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { authorityProblem, type ServerNames, servingProblem } from './fitness.ts';
import { issueTime, nextLookInMs, renewalTime, validityProblem } from './validity.ts';
import {
  at,
  checked,
  DAY,
  foreignPair,
  HOUR,
  newAuthority,
  newServing,
  SECOND,
  START,
} from './testing/certificates.ts';

const authority = await newAuthority();
const serving = await newServing(authority, { ipAddresses: ['127.0.0.1', '::1'] });

describe('the life of a certificate', () => {
  it('begins when it is issued, and is renewed at two thirds of it', async () => {
    const { leaf } = await newServing(authority, { now: at(SECOND), validityMs: 30 * SECOND });
    expect(issueTime(leaf)).toEqual(at(SECOND));
    expect(renewalTime(leaf)).toEqual(at(21 * SECOND));
    expect(renewalTime(authority.leaf)).toEqual(at((365 * DAY * 2) / 3));
  });

  it.each([
    [
      at(-HOUR - 1),
      'is not valid before 2026-01-02T02:04:05Z: is the clock of this machine right?',
    ],
    [at(-HOUR), undefined],
    [START, undefined],
    [at(90 * DAY - 1), undefined],
    [at(90 * DAY), 'expired at 2026-04-02T03:04:05Z'],
  ])('is told at %p', (now, problem) => {
    expect(validityProblem(serving.leaf, now)).toBe(problem);
  });
});

describe('a serving certificate', () => {
  const names = (
    dnsNames: readonly string[],
    ipAddresses: readonly string[] = [],
  ): ServerNames => ({ dnsNames, ipAddresses });

  it.each([
    [names(['webhook.ns.svc'], ['127.0.0.1', '::1', '0:0::1']), undefined],
    [names([]), undefined],
    [names(['WEBHOOK.ns.svc']), undefined],
    [
      names(['webhook.ns.svc', 'a.ns.svc']),
      'does not name a.ns.svc in its subject alternative names',
    ],
    [names(['gmsa-operator-webhook']), 'does not name gmsa-operator-webhook in its subject'],
    [names([], ['127.0.0.2']), 'does not name 127.0.0.2 in its subject alternative names'],
    [names(['a\u0000b']), 'does not name a'],
    [names(['']), 'does not name'],
    [names([], ['localhost']), 'does not name localhost in its subject alternative names'],
  ])('must name its server (%#)', (given, problem) => {
    const found = servingProblem(serving, given, START);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  it('may name it by a wildcard, and not by its common name alone', async () => {
    const wildcard = await newServing(authority, { dnsNames: ['*.ns.svc'] });
    expect(servingProblem(wildcard, names(['webhook.ns.svc', '*.ns.svc']), START)).toBeUndefined();
    const old = checked(await foreignPair({ commonName: 'webhook.ns.svc' }));
    expect(servingProblem(old, names(['webhook.ns.svc']), START)).toContain('does not name');
  });

  it('must be valid at the time', () => {
    expect(servingProblem(serving, names(['webhook.ns.svc']), at(90 * DAY))).toContain('expired');
  });

  it.each([
    [[], undefined],
    [['1.3.6.1.5.5.7.3.2'], 'is not for servers'],
    [['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'], undefined],
    [['2.5.29.37.0'], undefined],
  ])('must be for servers, as far as it says what it is for: %j', async (usages, problem) => {
    const pair = await foreignPair({
      commonName: 'a',
      extensions: (x509) =>
        usages.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(usages)],
    });
    const found = servingProblem(checked(pair), names([]), START);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('a CA', () => {
  it('signs from an hour before it was issued until it expires', () => {
    expect(authorityProblem(authority, START)).toBeUndefined();
    expect(authorityProblem(authority, at(-2 * HOUR))).toContain('is not valid before');
    expect(authorityProblem(authority, at(365 * DAY))).toContain('expired');
  });

  it('must be one that we can sign with', async () => {
    const root = await foreignPair({ commonName: 'root', isAuthority: true });
    const middle = await foreignPair({ commonName: 'middle', isAuthority: true, issuer: root });
    const p384 = await foreignPair({
      commonName: 'p384',
      isAuthority: true,
      algorithm: { name: 'ECDSA', namedCurve: 'P-384' },
    });
    expect(authorityProblem(checked(root), START)).toBeUndefined();
    expect(authorityProblem(serving, START)).toContain('is no CA');
    expect(authorityProblem(checked(middle), START)).toBe('is not self-signed');
    expect(authorityProblem(checked(p384), START)).toContain('not ECDSA on P-256');
  });
});

describe('the next look', () => {
  it.each([
    [[], HOUR],
    [[Infinity, 365 * DAY], HOUR],
    [[5 * SECOND, 2_500.5], 2_501],
    [[5 * SECOND, 0, -DAY], 5 * SECOND],
    [[1], 100],
  ])('is at the earliest time to come, within bounds: %j', (times, expected) => {
    expect(nextLookInMs(times)).toBe(expected);
  });
});
