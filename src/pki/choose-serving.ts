// SPDX-License-Identifier: Apache-2.0
// Which key pair a replica serves: the one that the Secret offers, but not before the API servers trust
// it, and never one that is worse than what is served already. The same for our own certificates and
// for foreign ones.
import { type ServerNames, servingProblem } from './fitness.ts';
import type { CheckedKeyPair, KeyPairReading } from './key-pair.ts';
import { type LiveTrust, trustedForMs } from './live-trust.ts';
import { validityProblem } from './validity.ts';

/** What to do now; `reason` is for the log. */
export type ServingChoice =
  /** Go on with what is served, if anything is. */
  | { readonly type: 'keep'; readonly reason: string }
  | { readonly type: 'serve offered'; readonly reason: string; readonly pair: CheckedKeyPair }
  /**
   * Go on for the time being. Ask again in so many milliseconds, and whenever the Secret or one of the
   * configurations has changed.
   */
  | { readonly type: 'wait'; readonly reason: string; readonly againInMs: number };

/** What the choice depends on. */
export interface ServingState {
  /** What this replica serves. */
  readonly served: CheckedKeyPair | undefined;
  /** What the Secret holds. */
  readonly offered: KeyPairReading;
  /** As this replica has observed it. */
  readonly trust: LiveTrust;
  /** By which clients call. */
  readonly names: ServerNames;
  /** `propagationDelay` of the validity of serving certificates. */
  readonly propagationDelayMs: number;
  readonly now: Date;
  /** The monotonic clock of `trust`. */
  readonly nowMs: number;
}

/** A clock may be set, and an API server's word may be lost. */
const LATEST_LOOK_MS = 60_000;

/** Chooses. A replica that serves nothing takes any pair that is valid at this time, for whatever names. */
export function chooseServing(state: ServingState): ServingChoice {
  const { served, offered, now } = state;
  if (offered.type === 'absent') return keep('there is no Secret');
  if (offered.type === 'invalid') return keep(`the Secret ${offered.problem}`);
  const { pair } = offered;
  if (pair.leaf.fingerprint === served?.leaf.fingerprint) return keep('it is served');
  const problem = servingProblem(pair, { dnsNames: [], ipAddresses: [] }, now);
  if (problem !== undefined) {
    const reason = `the certificate in the Secret ${problem}`;
    const inMs = pair.leaf.notBefore.getTime() - now.getTime();
    return inMs > 0 ? { type: 'wait', reason, againInMs: bounded(inMs) } : keep(reason);
  }
  const serve = (reason: string): ServingChoice => ({ type: 'serve offered', reason, pair });
  if (served === undefined) return serve('nothing is served yet');
  const ended = validityProblem(served.leaf, now);
  if (ended !== undefined) return serve(`what is served ${ended}`);
  const unnamed = servingProblem(pair, state.names, now);
  if (unnamed !== undefined && servingProblem(served, state.names, now) === undefined) {
    return keep(`the certificate in the Secret ${unnamed}`);
  }
  return whenTrusted(state, served, pair, serve);
}

function whenTrusted(
  state: ServingState,
  served: CheckedKeyPair,
  offered: CheckedKeyPair,
  serve: (reason: string) => ServingChoice,
): ServingChoice {
  const { trust, propagationDelayMs, now } = state;
  const restMs = served.leaf.notAfter.getTime() - now.getTime();
  const trustedFor = trustedForMs(trust, offered, state);
  if (trustedFor === undefined) {
    return {
      type: 'wait',
      reason: 'the webhook configurations do not trust the certificate in the Secret (yet)',
      againInMs: bounded(restMs),
    };
  }
  if (trustedForMs(trust, served, state) === undefined) {
    return serve('the webhook configurations do not trust what is served');
  }
  if (trustedFor >= propagationDelayMs) return serve('the webhook configurations trust it');
  return {
    type: 'wait',
    reason: 'until every API server knows that the certificate in the Secret is to be trusted',
    againInMs: bounded(Math.min(propagationDelayMs - trustedFor, restMs)),
  };
}

function keep(reason: string): ServingChoice {
  return { type: 'keep', reason };
}

function bounded(ms: number): number {
  return Math.min(LATEST_LOOK_MS, Math.max(1, Math.ceil(ms)));
}
