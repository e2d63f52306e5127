// SPDX-License-Identifier: Apache-2.0
// Bounds that the YAML library does not have. It refuses aliases that unfold to too much by itself
// (`maxAliasCount`); but it takes minutes for the rest, or does not refuse it. The time of these checks grows with
// the text alone. Pure.
import { type Document, isAlias, isCollection, isMap, isNode, isScalar, visit } from 'yaml';

/** Something that a document may not have. */
export interface NodeProblem {
  /** Offset in the text. */
  readonly offset: number;
  readonly message: string;
}

/** Levels that a file may have; a credential spec in a list of objects has eight. */
const MAX_DEPTH = 1000;

/** Documents of a file, which come with some work each; what a large chart renders has some hundreds. */
const MAX_DOCUMENTS = 10_000;

/** Anchors and aliases of a document: the library looks through all of them for each alias. */
const MAX_ANCHORS = 10_000;

/** What would take too long to parse; told of the text, before anything is. */
export function textProblem(text: string): NodeProblem | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]|(?:- ){1000}/g)) {
    if (bracket === ']' || bracket === '}') depth -= 1;
    else depth += bracket.length;
    if (depth > MAX_DEPTH) return { offset: index, message: 'This is nested too deeply.' };
  }
  // Each document has one of them, but the first; a directive costs what a document does.
  const parts = text.split(/^(?:---|\.\.\.|%)/m, MAX_DOCUMENTS + 2);
  if (parts.length <= MAX_DOCUMENTS + 1) return undefined;
  return {
    offset: 0,
    message: `This has more than ${MAX_DOCUMENTS} documents: give it in several files.`,
  };
}

/** The first key that a map has twice, or the first alias or anchor that the document must not have. */
export function nodeProblem(document: Document.Parsed): NodeProblem | undefined {
  let problem: NodeProblem | undefined;
  const anchors = new Set<string>();
  let count = 0;
  const found = (node: unknown, message: string): void => {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    if (problem === undefined || offset < problem.offset) problem = { offset, message };
  };
  visit(document, (_, node, path) => {
    if (isAlias(node)) {
      const { source } = node;
      if (!anchors.has(source)) found(node, 'An alias has no anchor');
      const within = path.some((outer) => isCollection(outer) && outer.anchor === source);
      if (within) found(node, 'An alias stands within its own anchor');
      count += 1;
    } else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      anchors.add(node.anchor);
      count += 1;
    }
    if (count > MAX_ANCHORS) found(node, 'Too many anchors and aliases');
    if (!isMap(node)) return;
    const keys = new Set<unknown>();
    for (const { key } of node.items) {
      // As the library compares them: keys that are no scalars are only themselves.
      const compared: unknown = isScalar(key) ? key.value : key;
      if (keys.has(compared)) found(key, 'Map keys must be unique');
      keys.add(compared);
    }
  });
  return problem;
}
