// SPDX-License-Identifier: Apache-2.0
// A look into a container, as data: what is run, and how a link is judged by what it prints.
import type { Link, Verdict } from './link.ts';

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
