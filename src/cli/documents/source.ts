// SPDX-License-Identifier: Apache-2.0
// Text of a JSON or YAML file as documents that know their lines.
import {
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParseOptions,
  parseAllDocuments,
  type SchemaOptions,
  type Tags,
  type YAMLMap,
} from 'yaml';
import type { ContentsPath } from '../../api/content-findings.ts';
import { printable } from '../../api/printable.ts';
import { jsonError } from './json-syntax.ts';
import { nodeProblem, type NodeProblem, textProblem } from './yaml-bounds.ts';

/** One document of a file. */
export interface SourceDocument {
  readonly value: unknown;
  /** With the places in the text. */
  readonly document: Document.Parsed;
  /** The line, from 1, of this place, or where it is missing of the innermost one around it. */
  readonly lineOf: (path: ContentsPath) => number;
}

/** Where a file is neither JSON nor YAML, and why. */
export interface SyntaxProblem {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
}

/** The place in the form in which editors and CI systems find it. */
export function placeOf(file: string, { line, column }: SyntaxProblem): string {
  return `${file}:${line}:${column}`;
}

/** Documents, or the first thing that is wrong with the syntax. */
export type Source =
  { readonly documents: readonly SourceDocument[] } | { readonly problem: SyntaxProblem };

/**
 * YAML as kubectl reads it: `yes` and `on` are booleans and `<<` merges. But what looks like a time stays
 * text, as it is JSON in the end, and sets and ordered maps are the maps and lists that they are in it.
 */
const KUBECTL_YAML = {
  version: '1.1',
  merge: true,
  customTags: (tags: Tags): Tags =>
    tags.filter(
      (tag) =>
        typeof tag === 'string' ||
        (!/^tag:yaml\.org,2002:(timestamp|set|omap|pairs)$/.test(tag.tag) && tag.format !== 'TIME'),
    ),
} as const satisfies SchemaOptions & { readonly version: '1.1' };

/** Reads a file of one or more documents; empty ones are left out. Never throws. */
export function parseSource(text: string, syntax: 'json' | 'yaml'): Source {
  const refused = textProblem(text);
  if (refused !== undefined) return { problem: problemAt(text, refused) };
  const problem = syntax === 'json' ? jsonProblem(text) : undefined;
  if (problem !== undefined) return { problem };
  const lineCounter = new LineCounter();
  try {
    const documents = [...parseAllDocuments(text, { ...PARSE, lineCounter })];
    for (const document of documents) {
      const error = syntaxError(document) ?? nodeProblem(document);
      if (error === undefined) continue;
      const { offset, message } = error;
      const asYaml = problemAt(text, { offset, message: notValid(syntax, printable(message)) });
      return { problem: JSON_OBJECT.test(text) ? (jsonProblem(text) ?? asYaml) : asYaml };
    }
    return {
      documents: documents
        .map((document) => ({
          value: document.toJS() as unknown,
          document,
          lineOf: (path: ContentsPath) =>
            Math.max(1, lineCounter.linePos(offsetOf(document, path)).line),
        }))
        .filter(({ value }) => value !== null),
    };
  } catch (error) {
    // Aliases that would unfold to gigabytes.
    const message = notValid(syntax, printable((error as Error).message));
    return { problem: problemAt(text, { offset: 0, message }) };
  }
}

const PARSE: DocumentOptions & ParseOptions & SchemaOptions = {
  ...KUBECTL_YAML,
  prettyErrors: false,
  // The library compares each key of a map with each other: nodeProblem finds them in time.
  uniqueKeys: false,
  // What the library has to say of keys goes to stderr, and shows what may be secret.
  logLevel: 'error',
};

/** How JSON begins that comes from stdin, where no name says what it is; YAML hardly ever does. */
const JSON_OBJECT = /^\s*\{\s*"/;

function syntaxError({ errors: [error] }: Document.Parsed): NodeProblem | undefined {
  return error === undefined ? undefined : { offset: error.pos[0], message: error.message };
}

function notValid(syntax: 'json' | 'yaml', why: string): string {
  return `This is not valid ${syntax.toUpperCase()}: ${why}.`;
}

function jsonProblem(text: string): SyntaxProblem | undefined {
  const error = jsonError(text);
  return error && problemAt(text, { ...error, message: notValid('json', error.message) });
}

function problemAt(text: string, { offset, message }: NodeProblem): SyntaxProblem {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, message };
}

function offsetOf(document: Document.Parsed, path: ContentsPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? document.range[0];
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(node, step);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

/** Offset in the text. */
export function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** The field of that name. */
export function pairOf(map: YAMLMap, name: number | string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}
