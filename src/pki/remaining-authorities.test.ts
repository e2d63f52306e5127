// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Certificate } from './certificate.ts';
import { remainingAuthorities } from './remaining-authorities.ts';
import {
  at,
  certificateOf,
  DAY,
  foreignPair,
  HOUR,
  newAuthority,
  newServing,
} from './testing/certificates.ts';

const CERTIFICATE_VALIDITY = 90 * DAY;
const HANDOVER = 240 * DAY;

const first = await newAuthority();
const second = await newAuthority({ now: at(HANDOVER) });
const third = await newAuthority({ now: at(HANDOVER + 10 * DAY) });
const leafOfFirst = await newServing(first, { now: at(HANDOVER - DAY) });

function remaining(given: {
  readonly candidates: readonly Certificate[];
  readonly current?: Certificate;
  readonly inUse?: readonly Certificate[];
  readonly now: Date;
}): readonly Certificate[] {
  return remainingAuthorities({
    current: undefined,
    inUse: [],
    certificateValidityMs: CERTIFICATE_VALIDITY,
    ...given,
  }).map(({ certificate }) => certificate);
}

describe('a CA that was replaced', () => {
  const given = { candidates: [first.leaf], current: second.leaf };

  it('stays until the last certificate that it may have signed has expired', () => {
    const until = at(HANDOVER + CERTIFICATE_VALIDITY + HOUR);
    expect(
      remainingAuthorities({
        ...given,
        inUse: [],
        certificateValidityMs: CERTIFICATE_VALIDITY,
        now: at(HANDOVER),
      }),
    ).toEqual([{ certificate: first.leaf, until }]);
    expect(remaining({ ...given, now: new Date(until.getTime() - 1) })).toEqual([first.leaf]);
    expect(remaining({ ...given, now: until })).toEqual([]);
  });

  it('does not stay beyond its own end', () => {
    const late = { candidates: [first.leaf, third.leaf], now: at(365 * DAY - 1) };
    const validity = { certificateValidityMs: 1000 * DAY, inUse: [leafOfFirst.leaf] };
    const at364 = remainingAuthorities({ ...late, current: second.leaf, ...validity });
    expect(at364.map(({ certificate }) => certificate)).toContain(first.leaf);
    const after = remainingAuthorities({
      ...late,
      current: second.leaf,
      ...validity,
      now: at(365 * DAY),
    });
    expect(after.map(({ certificate }) => certificate)).not.toContain(first.leaf);
  });

  it('stays while it has signed a certificate that is in use', () => {
    const now = at(HANDOVER + CERTIFICATE_VALIDITY + 2 * HOUR);
    expect(remaining({ ...given, now })).toEqual([]);
    expect(remaining({ ...given, now, inUse: [leafOfFirst.leaf] })).toEqual([first.leaf]);
  });

  it('is not kept longer by the one after the next', () => {
    const now = at(HANDOVER + CERTIFICATE_VALIDITY + 2 * HOUR);
    const candidates = [first.leaf, second.leaf];
    expect(remaining({ candidates, current: third.leaf, now })).toEqual([second.leaf]);
  });

  it('stays until its end where it is newer than the current one, which was restored', () => {
    const now = at(HANDOVER + 200 * DAY);
    expect(remaining({ candidates: [third.leaf], current: second.leaf, now })).toEqual([
      third.leaf,
    ]);
  });

  it('stays until there is a new one', () => {
    expect(remaining({ candidates: [first.leaf], now: at(360 * DAY) })).toEqual([first.leaf]);
  });
});

describe('what never stays', () => {
  it('is a certificate of no CA', async () => {
    const server = certificateOf(await foreignPair({ commonName: 'server' }));
    expect(remaining({ candidates: [server], current: first.leaf, now: at(DAY) })).toEqual([]);
  });

  it('is more than eight CAs, but for one that is in use', async () => {
    const candidates: Certificate[] = [];
    for (let day = 1; day <= 10; day++) {
      candidates.push((await newAuthority({ now: at(day * DAY) })).leaf);
    }
    const current = (await newAuthority({ now: at(11 * DAY) })).leaf;
    const now = at(12 * DAY);
    const newest = candidates.slice(-8).reverse();
    expect(remaining({ candidates, current, now })).toEqual(newest);
    const inUse = [leafOfFirst.leaf];
    const all = [first.leaf, ...candidates];
    expect(remaining({ candidates: all, current, now, inUse })).toEqual([...newest, first.leaf]);
  });
});
