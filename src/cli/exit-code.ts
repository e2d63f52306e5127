// SPDX-License-Identifier: Apache-2.0
// What the exit codes of the plugin mean; docs/reference/kubectl-gmsa.md lists them.

/** Exit codes by what they say. */
export const EXIT_CODE = { ok: 0, no: 1, usage: 2, trouble: 3 } as const;

/** When a program ends with each. */
export const EXIT_CODE_MEANINGS = {
  ok: 'it is done; the answer is yes; nothing is wrong',
  no: 'the answer is no, or problems were found',
  usage: 'the command line is wrong',
  trouble:
    'there is no answer: a file, the cluster or a permission stood in the way, or the time was up',
} as const satisfies Readonly<Record<keyof typeof EXIT_CODE, string>>;

/** How a command ends that comes to an end; `trouble`: what it could not look at leaves the answer open. */
export type Verdict = 'no' | 'ok' | 'trouble';
