// SPDX-License-Identifier: Apache-2.0
// Tells on stderr what is wrong with a credential spec that a command has just made.
import { escapeInvisible } from '../../api/printable.ts';
import { identify } from '../documents/identify.ts';
import type { Verdict } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { styleFor } from '../style.ts';
import { lintCredspec, severityOf } from './lint-credspec.ts';

/** Tells of all findings; `no` where there are errors. */
export function tellFindings(
  { stderr, env }: Pick<Io, 'env' | 'stderr'>,
  credspec: object,
): Verdict {
  const style = styleFor(stderr, env);
  let verdict: Verdict = 'ok';
  for (const identified of identify(credspec)) {
    if (identified.type !== 'resource') continue;
    for (const { check, message } of lintCredspec(identified)) {
      const severity = severityOf({ check });
      if (severity === 'error') verdict = 'no';
      const coloured = severity === 'error' ? style.bad(severity) : style.doubtful(severity);
      stderr.write(`${coloured}: ${escapeInvisible(message)} ${style.faint(`[${check}]`)}\n`);
    }
  }
  return verdict;
}
