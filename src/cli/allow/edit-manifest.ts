// SPDX-License-Identifier: Apache-2.0
// Edits the annotation of a credspec in the text of a YAML or JSON file; every other character stays. The
// text is spliced, for a YAML library would write the whole file anew. Pure.
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Document, type Scalar, type YAMLMap } from 'yaml';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../api/credspec.ts';
import type { ContentsPath } from '../../api/content-findings.ts';
import { listed, quoted } from '../../api/printable.ts';
import { CliError } from '../cli-error.ts';
import { fillIn } from '../fill-in.ts';
import { identify } from '../documents/identify.ts';
import { pairOf, parseSource, placeOf, type SourceDocument } from '../documents/source.ts';
import { type AllowedChange, changedText } from './allowed-change.ts';
import { addAnnotation } from './add-annotation.ts';
import { entriesIn } from './entry-text.ts';

/** An edited file. */
export interface EditedManifest {
  readonly text: string;
  readonly change: AllowedChange;
}

/** What is edited: which credspec, in which file, and how. */
export interface ManifestEdit {
  readonly file: string;
  readonly name: string;
  readonly plan: (annotation: string) => AllowedChange;
}

/**
 * The file with the annotation of the credspec changed.
 * @throws CliError where the file has no such credspec, or one whose annotation cannot be edited as text.
 */
export function editManifest(text: string, { file, name, plan }: ManifestEdit): EditedManifest {
  const found = findCredspec(text, file, name);
  const { allowed } = found;
  if (allowed !== undefined && typeof allowed !== 'string') {
    throw new CliError(`${file}: the annotation ${ANNOTATION} of ${quoted(name)} is no text`, {
      hint: 'write its entries as one text, with commas or line breaks between them, or in quotes',
    });
  }
  const change = plan(allowed ?? '');
  if (change.after === change.before) return { text, change };
  const edited = splice(text, found, change);
  if (edited === undefined || !isThisChange(found, edited, change)) {
    throw new CliError(`${file} is written in a way in which it cannot be edited without harm`, {
      hint: `set metadata.annotations["${ANNOTATION}"] of ${name} to ${JSON.stringify(change.after)} yourself`,
    });
  }
  return { text: edited, change };
}

interface FoundCredspec {
  /** All of the file. */
  readonly documents: readonly SourceDocument[];
  /** The one with the credspec, and its number. */
  readonly document: Document.Parsed;
  readonly index: number;
  /** Where in the document. */
  readonly path: ContentsPath;
  readonly allowed: unknown;
}

function findCredspec(text: string, file: string, name: string): FoundCredspec {
  const source = parseSource(text, 'yaml');
  if ('problem' in source) {
    throw new CliError(`${placeOf(file, source.problem)}: ${source.problem.message}`, {
      hint: 'mend the file first: kubectl would not read it either',
    });
  }
  const { documents } = source;
  const objects = documents.flatMap(({ value, document }, index) =>
    identify(value).flatMap((found) =>
      found.type === 'resource' || found.type === 'misnamed'
        ? [{ documents, document, index, ...found }]
        : [],
    ),
  );
  const credspecs = objects.filter(({ type }) => type === 'resource');
  const [found, another] = credspecs.filter((credspec) => credspec.name === name);
  if (found === undefined) {
    if (objects.some((object) => object.name === name)) {
      throw new CliError(`${file}: ${quoted(name)} is almost a GMSACredentialSpec`, {
        hint: fillIn('kubectl gmsa lint <file> says what to change', { file }),
      });
    }
    const names = listed(credspecs.map((credspec) => String(credspec.name)));
    throw new CliError(`${file} has no GMSACredentialSpec named ${quoted(name)}`, {
      hint:
        names === ''
          ? 'it has none at all: give the file that has it'
          : `it has ${names}: name one of these, or give another file`,
    });
  }
  if (another !== undefined) {
    throw new CliError(`${file} has more than one GMSACredentialSpec named ${quoted(name)}`, {
      hint: 'leave one of them: of two, the last to be applied would win',
    });
  }
  return found;
}

/** The text after the change; undefined where the file's form is none that is known. */
function splice(
  text: string,
  { document, path }: FoundCredspec,
  change: AllowedChange,
): string | undefined {
  const metadata: unknown = document.getIn([...path, 'metadata'], true);
  if (!isMap(metadata)) return undefined;
  const annotations: unknown = metadata.get('annotations', true);
  if (isMap(annotations)) {
    const pair = pairOf(annotations, ANNOTATION);
    if (pair !== undefined) {
      return isScalar(pair.value) ? inScalar(text, pair.value, annotations, change) : undefined;
    }
  }
  return addAnnotation(text, metadata, entriesIn(change.after).join(', '));
}

/** In the place of the annotation's text, in the form that it has there. */
function inScalar(
  text: string,
  scalar: Scalar,
  around: YAMLMap,
  change: AllowedChange,
): string | undefined {
  const [start, end] = scalar.range ?? [];
  if (start === undefined || end === undefined) return undefined;
  const written = text.slice(start, end);
  const put = (replacement: string): string => text.slice(0, start) + replacement + text.slice(end);
  switch (scalar.type) {
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED': {
      const body = written.indexOf('\n') + 1;
      const edited = changedText(change.outcomes, written.slice(body));
      return put(edited === '' ? '""\n' : written.slice(0, body) + edited);
    }
    case 'QUOTE_DOUBLE':
    case 'QUOTE_SINGLE': {
      // An escape could be part of what looks like an entry.
      if (written.includes('\\')) return put(JSON.stringify(change.after));
      const quote = written.charAt(0);
      return put(quote + changedText(change.outcomes, written.slice(1, -1)) + quote);
    }
    case 'PLAIN': {
      if (written === '') return put(` ${entriesIn(change.after).join(', ')}`);
      // A comma would end it there.
      const separator = around.flow === true ? ' ' : undefined;
      const edited = changedText(change.outcomes, written, separator);
      return put(edited === '' ? '""' : edited);
    }
    case undefined:
      break;
  }
  return undefined;
}

/** Whether an edit did what it was to do, and nothing else: the text has the change at this place, and no other. */
function isThisChange(place: FoundCredspec, after: string, change: AllowedChange): boolean {
  const source = parseSource(after, 'yaml');
  if ('problem' in source) return false;
  const now = takeOut(source.documents, place);
  return (
    isDeepStrictEqual(now.rest, takeOut(place.documents, place).rest) &&
    isDeepStrictEqual(entriesIn(now.annotation), entriesIn(change.after))
  );
}

/** The annotation at this place, and everything else in the file. An empty field `annotations` is none. */
function takeOut(
  documents: readonly SourceDocument[],
  { index, path }: FoundCredspec,
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
