// SPDX-License-Identifier: Apache-2.0
// When the serving certificate is replaced while there is a CA that can sign the next one.
import { servingProblem } from './fitness.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { propagationDelay, trustedForMs } from './live-trust.ts';
import type { RotationState, RotationStep } from './rotation-plan.ts';
import { signedBy } from './signed-by.ts';
import { renewalTime, validityProblem } from './validity.ts';

/** What to do about the serving certificate, if nothing is to be done about the CA. */
export function servingStep(state: RotationState, current: CheckedKeyPair): RotationStep {
  const { serving, names, now } = state;
  const issue = (reason: string): RotationStep => ({
    type: 'issue serving certificate',
    reason: `serving certificate: ${reason}`,
    authority: current,
  });
  switch (serving.keyPair.type) {
    case 'absent':
      return issue('there is none');
    case 'invalid':
      return issue(`its Secret ${serving.keyPair.problem}`);
    case 'valid': {
      const { pair } = serving.keyPair;
      const problem = servingProblem(pair, names, now);
      if (signedBy(pair.leaf, current.leaf)) {
        if (problem !== undefined) return issue(`the one in its Secret ${problem}`);
        return now < renewalTime(pair.leaf)
          ? { type: 'nothing' }
          : issue('two thirds of its life are over');
      }
      if (handoverInMs(state, current, pair) === 0) {
        return issue(`the one in its Secret ${problem ?? 'was signed by another CA'}`);
      }
      return {
        type: 'wait',
        reason: 'serving certificate: until the API servers know the CA that signs the next one',
      };
    }
  }
}

/**
 * In how many milliseconds, if nothing else changes, the step may be another one. Until the webhooks
 * are told of the CA, it is looked at again and again, for that may have happened since.
 */
export function servingStepChangesInMs(
  state: RotationState,
  current: CheckedKeyPair | undefined,
): number {
  const { serving, certificateValidityMs, now } = state;
  if (serving.keyPair.type !== 'valid') return Infinity;
  const { pair } = serving.keyPair;
  const expiresInMs = pair.leaf.notAfter.getTime() - now.getTime();
  if (current === undefined) return expiresInMs;
  if (signedBy(pair.leaf, current.leaf)) return renewalTime(pair.leaf).getTime() - now.getTime();
  const handover = handoverInMs(state, current, pair);
  return handover ?? Math.min(expiresInMs, propagationDelay(certificateValidityMs));
}

/** Whether a serving certificate from this CA would end noticeably later than the one that is there. */
export function wouldLastLonger(state: RotationState, current: CheckedKeyPair): boolean {
  const { serving, names, certificateValidityMs, now } = state;
  const pair = serving.keyPair.type === 'valid' ? serving.keyPair.pair : undefined;
  const isUsable = pair !== undefined && servingProblem(pair, names, now) === undefined;
  const ends = isUsable ? pair.leaf.notAfter : now;
  const wouldEndMs = Math.min(
    now.getTime() + certificateValidityMs,
    current.leaf.notAfter.getTime(),
  );
  return wouldEndMs - ends.getTime() > propagationDelay(certificateValidityMs);
}

/**
 * In how many milliseconds a serving certificate of another CA may be replaced by one of the current CA;
 * undefined where the webhooks have yet to be told of that CA. At once where nobody can lose anything:
 * it has expired, or is not trusted itself.
 */
function handoverInMs(
  state: RotationState,
  current: CheckedKeyPair,
  pair: CheckedKeyPair,
): number | undefined {
  const { trust, certificateValidityMs, now } = state;
  if (validityProblem(pair.leaf, now) !== undefined) return 0;
  if (trustedForMs(trust, pair, state) === undefined) return 0;
  const trustedFor = trustedForMs(trust, current, state);
  if (trustedFor === undefined) return undefined;
  const delay = propagationDelay(certificateValidityMs);
  const restMs = pair.leaf.notAfter.getTime() - now.getTime();
  return Math.max(0, Math.min(delay - trustedFor, restMs - delay));
}
