// SPDX-License-Identifier: Apache-2.0
// What `allow` and `revoke` say that they have done. Pure.
import { escapeInvisible, listed } from '../../api/printable.ts';
import type { Answer } from '../answer.ts';
import type { AllowedChange, EntryOutcome } from './allowed-change.ts';

/** What was done. */
export interface ChangeReport {
  readonly name: string;
  readonly change: AllowedChange;
  /** `cluster`, `stdout`, or the name of a file. */
  readonly place: string;
  readonly dryRun: 'client' | 'none' | 'server';
  /** Of an annotation that is in force, the namespaces that the operator waits for. */
  readonly inForce?: { readonly missingNamespaces: readonly string[] };
}

/** A line for each entry, and what remains to be said. */
export function changeAnswer({ name, change, place, dryRun, inForce }: ChangeReport): Answer {
  const suffix = { none: '', client: ' (dry run)', server: ' (server dry run)' }[dryRun];
  const where = place === 'cluster' || place === 'stdout' ? '' : ` in ${escapeInvisible(place)}`;
  return {
    data: {
      credspec: name,
      annotation: change.after,
      changed: change.after !== change.before,
      entries: change.outcomes,
      ...(dryRun === 'none' ? {} : { dryRun }),
      ...(place === 'cluster' && dryRun === 'none' ? { inForce: inForce !== undefined } : {}),
    },
    text: (style) => {
      const lines = change.outcomes.map((outcome) => {
        const words = `credspec "${name}"${where}: ${inWords(outcome)}${suffix}`;
        return outcome.outcome === 'still-covered' ? style.doubtful(words) : words;
      });
      if (inForce !== undefined) {
        lines.push(style.good('The annotation is in force.'));
        const missing = missingOf(change, inForce.missingNamespaces);
        if (missing.length > 0) {
          lines.push(
            style.doubtful(
              `Access is granted as soon as these namespaces exist: ${escapeInvisible(listed(missing))}.`,
            ),
          );
        }
      }
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

/** The missing namespaces among those that were just allowed. */
function missingOf({ outcomes }: AllowedChange, missing: readonly string[]): readonly string[] {
  const allowed = outcomes
    .filter(({ outcome }) => outcome === 'allowed' || outcome === 'present')
    .map(({ entry }) => entry.split('/', 1)[0] ?? '');
  return missing.filter((namespace) => allowed.includes(namespace));
}

function inWords(outcome: EntryOutcome): string {
  const entry = escapeInvisible(outcome.entry);
  switch (outcome.outcome) {
    case 'allowed':
      return `${entry} is now allowed`;
    case 'present':
      return `${entry} was allowed already`;
    case 'covered':
      return `${entry} was allowed already, by ${outcome.by}`;
    case 'revoked':
      return `${entry} is no longer allowed`;
    case 'absent':
      return `${entry} had no entry`;
    case 'still-covered':
      return `${entry} is still allowed, by ${outcome.by}: revoke that, and allow the others by name`;
  }
}
