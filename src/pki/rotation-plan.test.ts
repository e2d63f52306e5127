// SPDX-License-Identifier: Apache-2.0
// Single states; whole rotations, with crashes in between, are in rotation-crashes.test.ts.
import { expect, it } from '@jest/globals';
import { certificateSecretData, readCertificateSecret } from './certificate-secret.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { observeTrust } from './live-trust.ts';
import { planCertificates } from './rotation-plan.ts';
import { at, DAY, newAuthority, newServing } from './testing/certificates.ts';

const ours = await newAuthority();
const theirs = await newAuthority({ now: at(DAY) });

const secretOf = (pair: CheckedKeyPair, authority: CheckedKeyPair) =>
  readCertificateSecret(certificateSecretData(pair, [authority.leaf]));

it('a certificate that somebody planted, with its CA, is replaced, and its CA is not trusted', async () => {
  const planted = secretOf(await newServing(theirs, { now: at(DAY) }), theirs);
  const state = {
    authority: secretOf(ours, ours),
    serving: planted,
    served: undefined,
    trust: observeTrust(undefined, [ours.leaf.pem], 0),
    names: { dnsNames: ['webhook.ns.svc'], ipAddresses: [] },
    certificateValidityMs: 90 * DAY,
    now: at(2 * DAY),
    nowMs: 10_000,
  };
  const { bundle, step } = planCertificates(state);
  expect(bundle.map(({ fingerprint }) => fingerprint)).toEqual([ours.leaf.fingerprint]);
  expect(step.type).toBe('issue serving certificate');
});

// docs/certificates.md tells what to do about a key that was stolen by this.
it('a CA whose Secret is deleted is trusted on, and forgotten where the configurations are deleted, too', () => {
  const nothing = readCertificateSecret(undefined);
  const lost = {
    authority: nothing,
    serving: nothing,
    served: undefined,
    names: { dnsNames: ['webhook.ns.svc'], ipAddresses: [] },
    certificateValidityMs: 90 * DAY,
    now: at(2 * DAY),
    nowMs: 10_000,
  };
  const trusting = planCertificates({
    ...lost,
    trust: observeTrust(undefined, [ours.leaf.pem], 0),
  });
  expect(trusting.bundle.map(({ fingerprint }) => fingerprint)).toEqual([ours.leaf.fingerprint]);
  expect(trusting.step).toMatchObject({ type: 'issue authority', previous: [ours.leaf] });
  const forgotten = planCertificates({ ...lost, trust: observeTrust(undefined, [], 0) });
  expect(forgotten).toMatchObject({ bundle: [], step: { type: 'issue authority', previous: [] } });
});
