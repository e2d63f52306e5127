// SPDX-License-Identifier: Apache-2.0
// What is to be done about our own certificates, from what the two Secrets hold, what the API servers
// trust, and the time. One step at a time, each decided from state alone: after a crash anywhere between
// two writes the next look goes on from what it finds.
import { type Certificate, newestFirst } from './certificate.ts';
import type { CertificateSecret } from './certificate-secret.ts';
import { authorityProblem, type ServerNames } from './fitness.ts';
import type { CheckedKeyPair, KeyPairReading } from './key-pair.ts';
import type { LiveTrust } from './live-trust.ts';
import { nextLookInMs, renewalTime } from './validity.ts';
import { type RemainingAuthority, remainingAuthorities } from './remaining-authorities.ts';
import { servingStep, servingStepChangesInMs, wouldLastLonger } from './serving-step.ts';
import { signedBy } from './signed-by.ts';

/** All that the plan depends on. */
export interface RotationState {
  /** Secret `gmsa-operator-webhook-ca`. */
  readonly authority: CertificateSecret;
  /** Secret `gmsa-operator-webhook-cert`. */
  readonly serving: CertificateSecret;
  /** What this replica serves: others are likely to serve the same. */
  readonly served: CheckedKeyPair | undefined;
  /** As this replica has observed it. */
  readonly trust: LiveTrust;
  readonly names: ServerNames;
  /** Of serving certificates yet to be issued; seconds at the least. */
  readonly certificateValidityMs: number;
  readonly now: Date;
  /** The monotonic clock of `trust`. */
  readonly nowMs: number;
}

/** What to do next; `reason` is for the log. */
export type RotationStep =
  /** Write a new CA and, in `ca.crt` of the same write, its certificate with the previous ones. */
  | {
      readonly type: 'issue authority';
      readonly reason: string;
      readonly previous: readonly Certificate[];
    }
  /** Write a serving certificate signed by this CA. */
  | {
      readonly type: 'issue serving certificate';
      readonly reason: string;
      readonly authority: CheckedKeyPair;
    }
  /** There is something to issue, but not yet. */
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'nothing' };

/** What must be so now, and the next step. */
export interface CertificatePlan {
  /**
   * For every webhook of both configurations, and for `ca.crt` of both Secrets where they exist; newest
   * first, empty where there is no CA yet. It has to be in the configurations before the step is done.
   */
  readonly bundle: readonly Certificate[];
  /** After it, and after each change of a bundle, plan again from what was written. */
  readonly step: RotationStep;
  /** When to look again although nothing has changed, in milliseconds: an hour at the most. */
  readonly againInMs: number;
}

/**
 * Plans the rotation. The rules, in the order in which they apply:
 *
 * - There is no usable CA: a new one. The old one's key is gone, but what it signed may be served, so
 *   what all webhooks trust stays in the bundle beside the new CA.
 * - The CA is due: a new one; the present one becomes a previous one. But if the serving certificate
 *   has to be made anew as well, it comes first, from the present CA: the API servers know that one, and
 *   a replica can serve it at once. Unless it would end no later than the one that is there, for it
 *   cannot outlive its CA.
 * - There is no serving certificate, or it has expired, or the webhooks do not trust it: a new one from
 *   the current CA, at once. Nobody can lose anything.
 * - It is signed by the current CA: a new one when it is due or lacks a name.
 * - It is signed by a previous CA: a new one when the webhooks have trusted the current CA for the
 *   propagation delay, for a replica that starts serves what the Secret holds. Where it ends within that
 *   delay, it is enough that they trust the current CA.
 */
export function planCertificates(state: RotationState): CertificatePlan {
  const { authority, now } = state;
  const problem = unusable(authority.keyPair, now);
  const current = problem === undefined ? pairOf(authority.keyPair) : undefined;
  const remaining = remainingOf(state, current);
  const previous = remaining.map(({ certificate }) => certificate);
  const times = remaining.map(({ until }) => until);
  if (current !== undefined) times.push(renewalTime(current.leaf));
  return {
    bundle: newestFirst(current === undefined ? previous : [current.leaf, ...previous]),
    step:
      current === undefined
        ? { type: 'issue authority', reason: `CA: ${problem ?? 'there is none'}`, previous }
        : nextStep(state, current, previous),
    againInMs: nextLookInMs([
      ...times.map((time) => time.getTime() - now.getTime()),
      servingStepChangesInMs(state, current),
    ]),
  };
}

function unusable(reading: KeyPairReading, now: Date): string | undefined {
  switch (reading.type) {
    case 'absent':
      return 'there is none';
    case 'invalid':
      return `its Secret ${reading.problem}`;
    case 'valid': {
      const problem = authorityProblem(reading.pair, now);
      return problem && `the one in its Secret ${problem}`;
    }
  }
}

function pairOf(reading: KeyPairReading): CheckedKeyPair | undefined {
  return reading.type === 'valid' ? reading.pair : undefined;
}

/**
 * A previous CA is one that the Secret of our CA lists; who writes that one is trusted anyway. One that
 * is found in a configuration must have signed what is served; or our CA is lost, and every webhook trusts
 * it. Whatever else others put into a bundle, or beside the serving certificate, goes.
 */
function remainingOf(
  state: RotationState,
  current: CheckedKeyPair | undefined,
): readonly RemainingAuthority[] {
  const { authority, serving, served, trust } = state;
  const replaced = pairOf(authority.keyPair)?.leaf;
  const trusted = trust.type === 'seen' ? trust.trusted.map(({ certificate }) => certificate) : [];
  const inUse = [pairOf(serving.keyPair)?.leaf, served?.leaf].filter((leaf) => leaf !== undefined);
  return remainingAuthorities({
    candidates: [
      ...(replaced === undefined ? [] : [replaced]),
      ...authority.authorities,
      ...trusted.filter(
        (candidate) =>
          current === undefined || inUse.some((certificate) => signedBy(certificate, candidate)),
      ),
    ],
    current: current?.leaf,
    inUse,
    certificateValidityMs: state.certificateValidityMs,
    now: state.now,
  });
}

function nextStep(
  state: RotationState,
  current: CheckedKeyPair,
  previous: readonly Certificate[],
): RotationStep {
  const serving = servingStep(state, current);
  const isDue = state.now >= renewalTime(current.leaf);
  if (!isDue || (serving.type === 'issue serving certificate' && wouldLastLonger(state, current))) {
    return serving;
  }
  return {
    type: 'issue authority',
    reason: 'CA: two thirds of its life are over',
    previous: newestFirst([current.leaf, ...previous]),
  };
}
