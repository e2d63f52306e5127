// SPDX-License-Identifier: Apache-2.0
// What `allow` and `revoke` make of an annotation, and what there is to say about each entry. Pure.
import { entriesIn, withEntry, withoutEntry } from './entry-text.ts';

/** What became of an entry. */
export type EntryOutcome =
  | { readonly entry: string; readonly outcome: 'absent' | 'allowed' | 'present' | 'revoked' }
  /** An entry for all of the namespace allows it, whatever becomes of this one. */
  | {
      readonly entry: string;
      readonly outcome: 'covered' | 'still-covered';
      readonly by: string;
    };

/** A change of the annotation. */
export interface AllowedChange {
  readonly before: string;
  /** The same as `before` where there is nothing to do; empty where no entry is left. */
  readonly after: string;
  readonly outcomes: readonly EntryOutcome[];
}

/** Which of the two commands. */
export type ChangeKind = 'allow' | 'revoke';

/** The change that a command asks for. */
export function plannedChange(
  kind: ChangeKind,
  before: string,
  entries: readonly string[],
): AllowedChange {
  const outcomes = entries.map((entry) => outcomeOf(kind, entriesIn(before), entries, entry));
  return { before, after: changedText(outcomes, before), outcomes };
}

/**
 * What these outcomes make of a text: the annotation's, or the same as it stands in a file, with quotes and
 * indentation. `separator` is for a text with a single entry.
 */
export function changedText(
  outcomes: readonly EntryOutcome[],
  text: string,
  separator?: string,
): string {
  return outcomes.reduce((changed, { entry, outcome }) => {
    if (outcome === 'allowed') return withEntry(changed, entry, separator);
    return outcome === 'revoked' || outcome === 'still-covered'
      ? withoutEntry(changed, entry)
      : changed;
  }, text);
}

function outcomeOf(
  kind: ChangeKind,
  present: readonly string[],
  entries: readonly string[],
  entry: string,
): EntryOutcome {
  const everyone = `${entry.split('/', 1)[0] ?? ''}/*`;
  const covers = entry !== everyone && present.includes(everyone);
  switch (kind) {
    case 'allow':
      if (present.includes(entry)) return { entry, outcome: 'present' };
      return covers ? { entry, outcome: 'covered', by: everyone } : { entry, outcome: 'allowed' };
    case 'revoke':
      if (covers && !entries.includes(everyone)) {
        return { entry, outcome: 'still-covered', by: everyone };
      }
      return { entry, outcome: present.includes(entry) ? 'revoked' : 'absent' };
  }
}
