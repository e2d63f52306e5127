// SPDX-License-Identifier: Apache-2.0
// Whether an edit of a file's text did what it was to do, and nothing else. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { ContentsPath } from '../../api/content-findings.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../api/credspec.ts';
import { parseSource, type SourceDocument } from '../documents/source.ts';
import type { AllowedChange } from './allowed-change.ts';
import { entriesIn } from './entry-text.ts';

/** Where a credspec is: the number of its document, and the path in it. */
export interface CredspecPlace {
  readonly index: number;
  readonly path: ContentsPath;
}

/** Whether the edited text has the change that was asked for at this place, and no other difference. */
export function isThisChange(
  before: readonly SourceDocument[],
  after: string,
  place: CredspecPlace,
  change: AllowedChange,
): boolean {
  const source = parseSource(after, 'yaml');
  if ('problem' in source) return false;
  const now = takeOut(source.documents, place);
  return (
    isDeepStrictEqual(now.rest, takeOut(before, place).rest) &&
    isDeepStrictEqual(entriesIn(now.annotation), entriesIn(change.after))
  );
}

/** The annotation at this place, and everything else in the file. An empty field `annotations` is none. */
function takeOut(
  documents: readonly SourceDocument[],
  { index, path }: CredspecPlace,
): { readonly annotation: string; readonly rest: unknown } {
  // A copy, in which what aliases stand for is no longer one object.
  const rest: unknown = JSON.parse(JSON.stringify(documents.map(({ value }) => value)));
  const resource = [index, ...path].reduce<unknown>(
    (value, step) => (value as Readonly<Record<number | string, unknown>> | undefined)?.[step],
    rest,
  );
  const { metadata } = (resource ?? {}) as {
    readonly metadata?: { annotations?: Record<string, unknown> | null };
  };
  const { [ANNOTATION]: annotation, ...others } = metadata?.annotations ?? {};
  if (metadata !== undefined) metadata.annotations = others;
  return { annotation: typeof annotation === 'string' ? annotation : '', rest };
}
