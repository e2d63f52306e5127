// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { joinBundle } from './certificate.ts';
import { chooseServing, type ServingState } from './choose-serving.ts';
import { readKeyPair } from './key-pair.ts';
import { type LiveTrust, observeTrust } from './live-trust.ts';
import {
  at,
  checked,
  DAY,
  foreignPair,
  HOUR,
  newAuthority,
  newServing,
  SECOND,
} from './testing/certificates.ts';

const authority = await newAuthority();
const next = await newAuthority({ now: at(10 * DAY) });
const served = await newServing(authority);
const renewed = await newServing(authority, { now: at(60 * DAY) });
const ofNext = await newServing(next, { now: at(60 * DAY) });
const expired = await newServing(authority, { validityMs: DAY });
const future = await newServing(authority, { now: at(60 * DAY + HOUR + 5 * SECOND) });
const elsewhere = await newServing(authority, { now: at(60 * DAY), dnsNames: ['elsewhere.svc'] });
const forClients = checked(
  await foreignPair({
    commonName: 'client',
    extensions: (x509) => [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])],
  }),
);

const NOW = at(60 * DAY);
const DELAY = 3 * SECOND;
const both = joinBundle([authority.leaf, next.leaf]);

/** Trust in the old CA since ever, and in both for so many milliseconds. */
function trustInBothFor(ms: number): LiveTrust {
  const before = observeTrust(undefined, [authority.certificate], -DAY);
  return observeTrust(before, [both, both], -ms);
}

function choose(state: Partial<ServingState>) {
  return chooseServing({
    served,
    offered: { type: 'valid', pair: ofNext },
    trust: trustInBothFor(0),
    names: { dnsNames: ['webhook.ns.svc'], ipAddresses: [] },
    propagationDelayMs: DELAY,
    now: NOW,
    nowMs: 0,
    ...state,
  });
}

const offer = (pair: typeof served): Pick<ServingState, 'offered'> => ({
  offered: { type: 'valid', pair },
});
const onlyOld = observeTrust(undefined, [authority.certificate], -DAY);
const onlyNext = observeTrust(undefined, [next.certificate], 0);
const half = observeTrust(undefined, [both, authority.certificate], -DAY);
const nobody = observeTrust(undefined, [], 0);

describe('a replica', () => {
  it.each<[string, Partial<ServingState>, object]>([
    ['goes on with what it serves', offer(served), { type: 'keep' }],
    ['keeps it where the Secret is gone', { offered: { type: 'absent' } }, { type: 'keep' }],
    [
      'keeps it where the Secret holds rubbish',
      { offered: readKeyPair({ certificate: 'rubbish', privateKey: 'rubbish' }) },
      {
        type: 'keep',
        reason:
          'the Secret holds a certificate that is not PEM: it has no "BEGIN CERTIFICATE" block',
      },
    ],
    ['keeps it where the Secret holds one that has expired', offer(expired), { type: 'keep' }],
    [
      'keeps it where the Secret holds one for other names',
      offer(elsewhere),
      {
        type: 'keep',
        reason: expect.stringContaining(
          'the certificate in the Secret does not name webhook.ns.svc',
        ),
      },
    ],
    [
      'takes one for other names where its own is no better',
      { ...offer(renewed), names: { dnsNames: ['another.ns.svc'], ipAddresses: [] } },
      { type: 'serve offered' },
    ],
    [
      'takes one for other names where it serves nothing',
      { ...offer(elsewhere), served: undefined },
      { type: 'serve offered' },
    ],
    ['keeps it where the Secret holds one for clients', offer(forClients), { type: 'keep' }],
    ['waits for one that is not valid yet', offer(future), { type: 'wait', againInMs: 5 * SECOND }],
    [
      'takes a renewed one of the same CA at once',
      offer(renewed),
      { type: 'serve offered', pair: renewed },
    ],
    ['waits until all webhooks trust the CA', { trust: half }, { type: 'wait', againInMs: 60_000 }],
    [
      'waits until any webhook trusts the CA',
      { trust: onlyOld },
      { type: 'wait', againInMs: 60_000 },
    ],
    ['waits a little longer', { trust: trustInBothFor(1_000) }, { type: 'wait', againInMs: 2_000 }],
    [
      'has waited long enough',
      { trust: trustInBothFor(3_000) },
      { type: 'serve offered', pair: ofNext },
    ],
    [
      'waits for as long as its own is valid',
      { trust: onlyOld, now: at(90 * DAY - 1_500) },
      { type: 'wait', againInMs: 1_500 },
    ],
    [
      'waits no longer than its own is valid',
      { trust: trustInBothFor(0), now: at(90 * DAY - 1_500) },
      { type: 'wait', againInMs: 1_500 },
    ],
    [
      'takes the new one when its own has expired',
      { trust: onlyOld, now: at(90 * DAY) },
      { type: 'serve offered', reason: 'what is served expired at 2026-04-02T03:04:05Z' },
    ],
    ['takes the new one when only that is trusted', { trust: onlyNext }, { type: 'serve offered' }],
    ['takes the new one when nobody calls', { trust: nobody }, { type: 'serve offered' }],
  ])('%s', (_, state, expected) => {
    expect(choose(state)).toMatchObject(expected);
  });
});

describe('a replica that serves nothing', () => {
  const starting = { served: undefined };

  it.each<[string, Partial<ServingState>, object]>([
    ['takes what the Secret holds', {}, { type: 'serve offered', reason: 'nothing is served yet' }],
    ['takes it though nobody trusts it', { trust: onlyOld }, { type: 'serve offered' }],
    ['takes none that has expired', offer(expired), { type: 'keep' }],
    ['takes none that is not valid yet', offer(future), { type: 'wait', againInMs: 5 * SECOND }],
    ['waits for a Secret', { offered: { type: 'absent' } }, { type: 'keep' }],
    [
      'serves no rubbish',
      { offered: readKeyPair({ ...served, privateKey: 'x' }) },
      { type: 'keep' },
    ],
  ])('%s', (_, state, expected) => {
    expect(choose({ ...starting, ...state })).toMatchObject(expected);
  });
});
