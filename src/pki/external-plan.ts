// SPDX-License-Identifier: Apache-2.0
// The CA bundle where certificates come from elsewhere (cert-manager, or a Secret of one's own): what
// the Secret's `ca.crt` holds, and what it held before, for as long as that may be needed. Nothing is
// written but the webhook configurations, so what has to be remembered is an annotation of theirs.
import { type Certificate, newestFirst, splitBundle } from './certificate.ts';
import type { CertificateSecret } from './certificate-secret.ts';
import { type ServerNames, servingProblem } from './fitness.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { CLOCK_SKEW_MS, isoSeconds, nextLookInMs } from './validity.ts';
import { isSelfSigned, leadsTo } from './signed-by.ts';

/** Annotation of both webhook configurations: {@link ExternalTrust.previousUntil} in RFC 3339. */
export const PREVIOUS_CA_UNTIL_ANNOTATION = 'gmsa-operator.io/previous-ca-until';

/** What the webhooks trust, and for how long. */
export interface ExternalTrust {
  /** For every webhook of both configurations; newest first, empty where it is not known yet. */
  readonly bundle: readonly Certificate[];
  /** Until when certificates stay in the bundle that the Secret no longer holds; undefined: none does. */
  readonly previousUntil: Date | undefined;
  /** Which of the bundle the Secret held; undefined where that is not known. */
  readonly current: readonly Certificate[] | undefined;
}

/** What the configurations must say. */
export interface ExternalPlan {
  /** To be written, unless its bundle is empty, and to be handed in as `before` the next time. */
  readonly trust: ExternalTrust;
  readonly problem: ExternalProblem | undefined;
  /** When to look again although nothing has changed, in milliseconds: an hour at the most. */
  readonly againInMs: number;
}

/** What is wrong with the Secret and what to do about it, in words that follow "the Secret". */
export interface ExternalProblem {
  /** `untrusted`: the certificate may be served, but who trusts `ca.crt` does not take it. */
  readonly type: 'unusable' | 'untrusted';
  readonly words: string;
}

/** One live webhook configuration. */
export interface LiveConfiguration {
  /** PEM, of each of its webhooks. */
  readonly caBundles: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** So many certificates stay that the Secret no longer holds; a bundle has to fit into an object. */
const MOST_PREVIOUS = 8;

/** What live configurations say, taken together: where a replica that begins to lead goes on. */
export function readExternalTrust(live: readonly LiveConfiguration[]): ExternalTrust {
  const untils = live
    .map(({ annotations }) => Date.parse(annotations[PREVIOUS_CA_UNTIL_ANNOTATION] ?? ''))
    .filter((ms) => !Number.isNaN(ms));
  return {
    bundle: newestFirst(live.flatMap(({ caBundles }) => caBundles.flatMap(splitBundle))),
    previousUntil: untils.length === 0 ? undefined : new Date(Math.max(...untils)),
    current: undefined,
  };
}

/** The annotations that go with it. */
export function externalTrustAnnotations({
  previousUntil,
}: ExternalTrust): Readonly<Record<string, string>> {
  return previousUntil === undefined
    ? {}
    : { [PREVIOUS_CA_UNTIL_ANNOTATION]: isoSeconds(previousUntil) };
}

/**
 * Plans the bundle. `before` is the trust of the plan before; for the first one of a replica that begins
 * to lead, {@link readExternalTrust}. So what others write into a configuration is never taken over
 * while a replica leads.
 *
 * A certificate that `ca.crt` has lost stays until the last serving certificate that it signed has
 * expired. That one is not to be seen any more; it was issued before now, and lasts as long as the
 * present one, an hour more for clocks that differ. While the Secret holds no usable pair, all stays as
 * it is.
 */
export function planExternal(given: {
  readonly secret: CertificateSecret;
  readonly before: ExternalTrust;
  readonly names: ServerNames;
  readonly now: Date;
}): ExternalPlan {
  const { secret, before, names, now } = given;
  if (secret.keyPair.type !== 'valid') {
    const problem = secret.keyPair.type === 'absent' ? 'does not exist' : secret.keyPair.problem;
    return unchanged(before, problem);
  }
  const { pair } = secret.keyPair;
  const current = authoritiesOf(secret, pair);
  if (current.length === 0) {
    return unchanged(
      before,
      'holds no CA certificate: add "ca.crt" with the certificate, in PEM, of the CA that signed "tls.crt"',
    );
  }
  const { previous, until } = previousOf(before, current, pair, now);
  return {
    trust: {
      bundle: newestFirst([...current, ...previous]),
      previousUntil: previous.length === 0 ? undefined : until,
      current,
    },
    problem: problemOf(pair, current, names, now),
    againInMs: nextLookInMs(
      [pair.leaf.notAfter, ...previous.map(({ notAfter }) => notAfter), until].map(
        (time) => time.getTime() - now.getTime(),
      ),
    ),
  };
}

function unchanged(before: ExternalTrust, words: string): ExternalPlan {
  return { trust: before, problem: { type: 'unusable', words }, againInMs: nextLookInMs([]) };
}

/** A CA that everyone knows sends no `ca.crt`; its root is ours to trust only if it comes in the chain. */
function authoritiesOf(
  { authorities }: CertificateSecret,
  { leaf, intermediates }: CheckedKeyPair,
): readonly Certificate[] {
  return newestFirst(
    authorities.length > 0 ? authorities : [leaf, ...intermediates].filter(isSelfSigned),
  );
}

function previousOf(
  before: ExternalTrust,
  current: readonly Certificate[],
  { leaf }: CheckedKeyPair,
  now: Date,
): { readonly previous: readonly Certificate[]; readonly until: Date } {
  const lost = before.bundle.filter(
    (certificate) => !includes(current, certificate) && now < certificate.notAfter,
  );
  const lifeMs = leaf.notAfter.getTime() - leaf.notBefore.getTime();
  const afterLoss = now.getTime() + lifeMs + CLOCK_SKEW_MS;
  const until = hasJustLost(before, current, lost)
    ? new Date(Math.max(afterLoss, before.previousUntil?.getTime() ?? 0))
    : (before.previousUntil ?? now);
  return { previous: now < until ? lost.slice(0, MOST_PREVIOUS) : [], until };
}

/** Whether some of the lost certificates were in the Secret until now. */
function hasJustLost(
  before: ExternalTrust,
  current: readonly Certificate[],
  lost: readonly Certificate[],
): boolean {
  if (before.current !== undefined) {
    const held = before.current;
    return lost.some((certificate) => includes(held, certificate));
  }
  // A replica that begins to lead: either the bundle was written for this Secret, or it is told now.
  return (
    before.previousUntil === undefined ||
    current.some((certificate) => !includes(before.bundle, certificate))
  );
}

function includes(certificates: readonly Certificate[], { fingerprint }: Certificate): boolean {
  return certificates.some((certificate) => certificate.fingerprint === fingerprint);
}

function problemOf(
  pair: CheckedKeyPair,
  current: readonly Certificate[],
  names: ServerNames,
  now: Date,
): ExternalProblem | undefined {
  const problem = servingProblem(pair, names, now);
  if (problem !== undefined) {
    return { type: 'unusable', words: `holds a certificate that ${problem}` };
  }
  if (current.some((authority) => leadsTo(pair, authority, now))) return undefined;
  return {
    type: 'untrusted',
    words:
      'holds a certificate that no CA of its "ca.crt" has signed: one of them is of another time',
  };
}
