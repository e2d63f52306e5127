// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { joinBundle } from './certificate.ts';
import { observeTrust, propagationDelay, trustedForMs } from './live-trust.ts';
import { DAY, newAuthority, newServing, SECOND, START } from './testing/certificates.ts';

const [a, b] = [await newAuthority(), await newAuthority()];
const both = joinBundle([a.leaf, b.leaf]);
const [servingA, servingB] = [await newServing(a), await newServing(b)];

describe('the live trust', () => {
  it('is what every webhook trusts', () => {
    const trust = observeTrust(undefined, [both, a.certificate, both], 7);
    expect(trust).toMatchObject({
      type: 'seen',
      trusted: [{ certificate: { fingerprint: a.leaf.fingerprint }, sinceMs: 7 }],
    });
  });

  it('is nothing where one webhook has no bundle, or rubbish', () => {
    for (const rubbish of ['', 'rubbish', servingA.privateKey]) {
      expect(observeTrust(undefined, [both, rubbish], 7)).toEqual({ type: 'seen', trusted: [] });
    }
  });

  it('is of no concern where no webhook is registered', () => {
    const trust = observeTrust(observeTrust(undefined, [both], 1), [], 7);
    expect(trust).toEqual({ type: 'nobody calls' });
    expect(trustedForMs(trust, servingA, { now: START, nowMs: 7 })).toBe(Infinity);
  });

  it('lasts as long as nobody breaks it', () => {
    const steps = [[a.certificate], [both], [both, both], [both, a.certificate], [both, both]];
    const times = { now: START, nowMs: 100 };
    let trust = observeTrust(undefined, [], 0);
    const seen = steps.map((bundles, index) => {
      trust = observeTrust(trust, bundles, index);
      return [servingA, servingB].map((chain) => trustedForMs(trust, chain, times));
    });
    expect(seen).toEqual([
      [100, undefined],
      [100, 99],
      [100, 99],
      [100, undefined],
      [100, 96],
    ]);
  });

  it('counts from the first certificate that a chain leads to', () => {
    const before = observeTrust(undefined, [a.certificate], 10);
    const trust = observeTrust(before, [a.certificate + servingA.certificate], 20);
    expect(trustedForMs(trust, servingA, { now: START, nowMs: 50 })).toBe(40);
  });
});

describe('the propagation delay', () => {
  it.each([
    [90 * DAY, 3 * SECOND],
    [30 * SECOND, 3 * SECOND],
    [20 * SECOND, 2 * SECOND],
    [10 * SECOND, SECOND],
  ])('for certificates that last %d ms is %d ms', (validityMs, expected) => {
    expect(propagationDelay(validityMs)).toBe(expected);
  });
});
