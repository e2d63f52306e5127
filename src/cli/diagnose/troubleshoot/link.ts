// SPDX-License-Identifier: Apache-2.0
// The chain from a pod template to a logon in Active Directory, link by link. Each holds only where those
// before it do, so the first broken one is what is to be mended. A look into a container is data, too: what
// is run, and how a link is judged by what it prints.
import type { PlaceValues } from '../../fill-in.ts';
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
  readonly values?: PlaceValues | undefined;
}

/** A finding without its link, for those that make several. */
export type Verdict = Omit<LinkFinding, 'link'>;

/** The link holds. */
export function holds(detail: string): Verdict {
  return { outcome: 'holds', detail };
}

/** The link is broken. */
export const broken = verdict('broken');

/** The link may be the cause. */
export const doubtful = verdict('doubtful');

/** Nobody could look. */
export const unknown = verdict('unknown');

function verdict(outcome: Exclude<LinkFinding['outcome'], 'holds'>) {
  return (detail: string, remedy: RemedyName, values?: LinkFinding['values']): Verdict => ({
    outcome,
    detail,
    remedy,
    values,
  });
}

/** What the commands are made from. */
export interface ProbeSubject {
  /** DNS name of the domain, without a dot at its end. */
  readonly domain: string;
  /** Name of the account, without `$`. */
  readonly account: string;
}

/** Program and arguments. */
export type Command = readonly [program: string, ...args: readonly string[]];

/** One look. */
export interface Probe {
  readonly link: Link;
  readonly commands: (subject: ProbeSubject) => readonly Command[];
  /** `outputs` are those of the commands, in their order. */
  readonly judge: (outputs: readonly string[], subject: ProbeSubject) => Verdict;
}
