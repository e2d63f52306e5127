// SPDX-License-Identifier: Apache-2.0
// How long a CA that was replaced stays trusted: until the last certificate that it signed has expired.
// Nobody counts those; their end follows from what is known of the CAs.
import { type Certificate, newestFirst } from './certificate.ts';
import { signedBy } from './signed-by.ts';
import { CLOCK_SKEW_MS, issueTime } from './validity.ts';

/** A CA that was replaced. */
export interface RemainingAuthority {
  readonly certificate: Certificate;
  /** When it leaves the bundle, if it did not sign the serving certificate in use. */
  readonly until: Date;
}

/**
 * So many stay, however often CAs are replaced (each time that someone deletes their Secret): a bundle
 * has to fit into the objects that hold it.
 */
const MOST_REMAINING = 8;

/**
 * Those of the candidates that stay beside the current CA (undefined: it is still to be made), newest
 * first. A CA signed its last certificate when the next newer one replaced it, so it stays for the
 * validity of such a certificate from then on, an hour more for clocks that differ, and at the longest
 * until its own end. And while it has signed a serving certificate that is in use.
 */
export function remainingAuthorities(given: {
  readonly candidates: readonly Certificate[];
  readonly current: Certificate | undefined;
  readonly inUse: readonly Certificate[];
  readonly certificateValidityMs: number;
  readonly now: Date;
}): readonly RemainingAuthority[] {
  const { candidates, current, certificateValidityMs, now } = given;
  const all = newestFirst(current === undefined ? candidates : [...candidates, current]);
  const isNeeded = (authority: Certificate): boolean =>
    given.inUse.some((certificate) => signedBy(certificate, authority));
  const remaining = all
    .filter(
      (certificate) =>
        certificate.fingerprint !== current?.fingerprint &&
        certificate.isCertificateAuthority &&
        now < certificate.notAfter,
    )
    .map((certificate) => ({
      certificate,
      until: lastLeafExpiry(certificate, all, certificateValidityMs),
    }))
    .filter(({ certificate, until }) => now < until || isNeeded(certificate));
  return remaining.filter(
    ({ certificate }, index) => index < MOST_REMAINING || isNeeded(certificate),
  );
}

function lastLeafExpiry(
  authority: Certificate,
  all: readonly Certificate[],
  certificateValidityMs: number,
): Date {
  const successor = all.findLast(
    (other) => other !== authority && other.notBefore >= authority.notBefore,
  );
  if (successor === undefined) return authority.notAfter;
  const last = issueTime(successor).getTime() + certificateValidityMs + CLOCK_SKEW_MS;
  return new Date(Math.min(last, authority.notAfter.getTime()));
}
