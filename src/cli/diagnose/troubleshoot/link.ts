// SPDX-License-Identifier: Apache-2.0
// The chain from a pod template to a logon in Active Directory, link by link. Each holds only where those
// before it do, so the first broken one is what is to be mended.
import type { RemedyName } from './remedies.ts';

/** The links, in their order. */
export const LINKS = [
  'admission',
  'credspec',
  'contents',
  'start',
  'user',
  'dns',
  'domain-controller',
  'secure-channel',
  'kerberos',
] as const;

/** A link. */
export type Link = (typeof LINKS)[number];

/** How a link was found. */
export interface LinkFinding {
  readonly link: Link;
  /**
   * `holds`; `doubtful`: it may be the cause; `broken`: nothing behind it can work; `unknown`: it could
   * not be looked at.
   */
  readonly outcome: 'broken' | 'doubtful' | 'holds' | 'unknown';
  /** What was seen, in one line. */
  readonly detail: string;
  readonly remedy?: RemedyName;
  /** What the remedy's places are filled with beside what is known of the pod. */
  readonly values?: Readonly<Record<string, string>>;
}

/** A finding without its link, for those that make several. */
export type Verdict = Omit<LinkFinding, 'link'>;

/** The link holds. */
export function holds(detail: string): Verdict {
  return { outcome: 'holds', detail };
}

/** The link is broken. */
export function broken(
  detail: string,
  remedy: RemedyName,
  values?: LinkFinding['values'],
): Verdict {
  return { outcome: 'broken', detail, remedy, ...(values === undefined ? {} : { values }) };
}

/** The link may be the cause. */
export function doubtful(detail: string, remedy: RemedyName): Verdict {
  return { outcome: 'doubtful', detail, remedy };
}

/** Nobody could look. */
export function unknown(
  detail: string,
  remedy: RemedyName,
  values?: LinkFinding['values'],
): Verdict {
  return { outcome: 'unknown', detail, remedy, ...(values === undefined ? {} : { values }) };
}
