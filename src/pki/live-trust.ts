// SPDX-License-Identifier: Apache-2.0
// What the API servers trust, as far as the live webhook configurations tell, and since when. Each API
// server learns of a change by a watch of its own, so what is new there is not yet known everywhere.
import { type Certificate, splitBundle } from './certificate.ts';
import { type CertificateChain, leadsTo } from './signed-by.ts';

/** A certificate that all registered webhooks trust. */
export interface TrustedCertificate {
  readonly certificate: Certificate;
  /** By the observer's monotonic clock, in milliseconds. */
  readonly sinceMs: number;
}

/** What was seen of the live webhook configurations. */
export type LiveTrust =
  /** No webhook is registered: nobody calls, and nobody can be disappointed. */
  | { readonly type: 'nobody calls' }
  /** What every registered webhook trusts. */
  | { readonly type: 'seen'; readonly trusted: readonly TrustedCertificate[] };

/** Long for a watch event, short for someone who waits for a certificate to be taken into use. */
const LONGEST_DELAY_MS = 3_000;

/**
 * How much later than here something may become known to the last API server, in milliseconds: three
 * seconds, and less where certificates last for seconds, so that a rotation ends before the next.
 */
export function propagationDelay(certificateValidityMs: number): number {
  return Math.min(LONGEST_DELAY_MS, certificateValidityMs / 10);
}

/**
 * Looks at the `caBundle` (PEM) of every webhook of the configurations that exist; none where there is
 * no configuration. `before` is what was seen last, undefined at first. To be called whenever a
 * configuration changes, and only once both are known: an informer that has not listed yet sees none.
 */
export function observeTrust(
  before: LiveTrust | undefined,
  caBundles: readonly string[],
  nowMs: number,
): LiveTrust {
  const [first, ...others] = caBundles.map(splitBundle);
  if (first === undefined) return { type: 'nobody calls' };
  const known = new Map(
    before?.type === 'seen'
      ? before.trusted.map(({ certificate, sinceMs }) => [certificate.fingerprint, sinceMs])
      : [],
  );
  const trusted = first
    .filter(({ fingerprint }) =>
      others.every((bundle) => bundle.some((other) => other.fingerprint === fingerprint)),
    )
    .map((certificate) => ({
      certificate,
      sinceMs: known.get(certificate.fingerprint) ?? nowMs,
    }));
  return { type: 'seen', trusted };
}

/**
 * For how many milliseconds all registered webhooks have trusted a chain; infinitely long where there
 * are none, undefined where one does not.
 */
export function trustedForMs(
  trust: LiveTrust,
  chain: CertificateChain,
  { now, nowMs }: { readonly now: Date; readonly nowMs: number },
): number | undefined {
  if (trust.type === 'nobody calls') return Infinity;
  const since = trust.trusted
    .filter(({ certificate }) => leadsTo(chain, certificate, now))
    .map(({ sinceMs }) => sinceMs);
  return since.length === 0 ? undefined : nowMs - Math.min(...since);
}
