// SPDX-License-Identifier: Apache-2.0
// What the exit codes of the plugin mean; docs/reference/kubectl-gmsa.md lists them.

/** Exit codes by what they say. */
export const EXIT_CODE = {
  /** It is done; the answer is yes; nothing is wrong. */
  ok: 0,
  /** The answer is no, or problems were found. */
  no: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No answer could be had: a file, the cluster, a permission, the time. */
  trouble: 3,
} as const;

/** How a verb ends that comes to an end. */
export type Verdict = 'no' | 'ok';
