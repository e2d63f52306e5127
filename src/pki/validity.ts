// SPDX-License-Identifier: Apache-2.0
// The times in a certificate's life: from when and until when it is valid, when it is renewed, and when to
// look at it again although nobody has changed anything.
import type { Certificate } from './certificate.ts';

/**
 * How far back a new certificate is valid, in milliseconds: the clocks of other machines may be an hour
 * slow, and must not find it "not yet valid".
 */
export const CLOCK_SKEW_MS = 3_600_000;

const RENEWED_AFTER = 2 / 3;

/** A wall clock may be set, and a timer stands still while its machine sleeps. */
const LATEST_LOOK_MS = 3_600_000;

/** So that times that are nearly up do not make a tight loop. */
const EARLIEST_LOOK_MS = 100;

/** When one of our certificates was issued. */
export function issueTime({ notBefore }: Pick<Certificate, 'notBefore'>): Date {
  return new Date(notBefore.getTime() + CLOCK_SKEW_MS);
}

/** When one of our certificates is renewed: at two thirds of the life that it had when it was issued. */
export function renewalTime(certificate: Pick<Certificate, 'notAfter' | 'notBefore'>): Date {
  const issued = issueTime(certificate).getTime();
  const life = certificate.notAfter.getTime() - issued;
  return new Date(issued + life * RENEWED_AFTER);
}

/** Why a certificate is not valid at a time, in words that follow "it"; undefined where it is. */
export function validityProblem(
  { notBefore, notAfter }: Pick<Certificate, 'notAfter' | 'notBefore'>,
  now: Date,
): string | undefined {
  if (now < notBefore) {
    return `is not valid before ${isoSeconds(notBefore)}: is the clock of this machine right?`;
  }
  return now < notAfter ? undefined : `expired at ${isoSeconds(notAfter)}`;
}

/**
 * The earliest of these times that is still to come, in milliseconds from now, between a tenth of a
 * second and an hour. What is over has become a step, or has no meaning any more.
 */
export function nextLookInMs(timesInMs: readonly number[]): number {
  const next = Math.min(LATEST_LOOK_MS, ...timesInMs.filter((ms) => ms > 0));
  return Math.max(EARLIEST_LOOK_MS, Math.ceil(next));
}

/** RFC 3339 in whole seconds, which is all that a certificate has. */
export function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
