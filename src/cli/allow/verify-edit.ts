// SPDX-License-Identifier: Apache-2.0
// Whether an edit of a file's text did what it was to do, and nothing else. Pure.
import { isDeepStrictEqual } from 'node:util';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../api/credspec.ts';
import { identify } from '../documents/identify.ts';
import { parseSource, type SourceDocument } from '../documents/source.ts';
import type { AllowedChange } from './allowed-change.ts';
import { entriesIn } from './entry-text.ts';

/** Whether the edited text says what was asked for, and nothing else is different. */
export function isThisChange(
  before: readonly SourceDocument[],
  after: string,
  name: string,
  change: AllowedChange,
): boolean {
  const source = parseSource(after, 'yaml');
  if ('problem' in source) return false;
  const now = valuesOf(source.documents, name);
  return (
    isDeepStrictEqual(now.rest, valuesOf(before, name).rest) &&
    isDeepStrictEqual(
      now.annotations.map((value) => entriesIn(value)),
      [entriesIn(change.after)],
    )
  );
}

/** The annotation of the credspec, and everything else in the file. */
function valuesOf(
  documents: readonly SourceDocument[],
  name: string,
): { readonly annotations: readonly string[]; readonly rest: unknown } {
  const annotations = documents
    .flatMap(({ value }) => identify(value))
    .flatMap((found) =>
      found.type === 'resource' && found.name === name && typeof found.allowed === 'string'
        ? [found.allowed]
        : [],
    );
  return {
    annotations,
    rest: documents.map(({ value }) => withoutAnnotation(value, name)),
  };
}

function withoutAnnotation(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutAnnotation(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => [
    key,
    withoutAnnotation(field, name),
  ]);
  const copy = Object.fromEntries(entries) as {
    metadata?: { name?: unknown; annotations?: Record<string, unknown> | null };
  };
  if (copy.metadata?.name !== name) return copy;
  const { annotations, ...metadata } = copy.metadata;
  const others = { ...annotations };
  Reflect.deleteProperty(others, ANNOTATION);
  return {
    ...copy,
    metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others },
  };
}
