// SPDX-License-Identifier: Apache-2.0
// What the YAML library would take minutes for, or not refuse, found in time that grows with the text alone.
// Pure.
import {
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { MAX_FILE_BYTES } from '../io.ts';

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

/** Characters of a document where each alias is replaced by what it stands for. */
const MAX_UNFOLDED = 2 * MAX_FILE_BYTES;

/** What would take too long to parse; told of the text, before anything is. */
export function textProblem(text: string): string | undefined {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]|(?:- ){1000}/g)) {
    if (bracket === ']' || bracket === '}') depth -= 1;
    else depth += bracket.length;
    if (depth > MAX_DEPTH) return 'This is nested too deeply.';
  }
  // Each document has one of them, but the first; a directive costs what a document does.
  const parts = text.split(/^(?:---|\.\.\.|%)/m, MAX_DOCUMENTS + 2);
  return parts.length > MAX_DOCUMENTS + 1
    ? `This has more than ${MAX_DOCUMENTS} documents: give it in several files.`
    : undefined;
}

/** The first key that a map has twice, or where aliases unfold to too much. */
export function nodeProblem(document: Document.Parsed): NodeProblem | undefined {
  const walk = new Walk();
  walk.visit(document.contents);
  return walk.problem;
}

class Walk {
  /** The first that was found. */
  problem: NodeProblem | undefined;
  /** Characters of what an alias stands for, itself unfolded; undefined as long as it is not complete. */
  readonly #sizes = new Map<string, number | undefined>();
  #anchors = 0;

  /** How many characters the node has with its aliases unfolded. */
  visit(node: unknown): number {
    if (isAlias(node)) return this.#alias(node.source, startOf(node));
    if (!isScalar(node) && !isCollection(node)) return 0;
    const { anchor } = node;
    if (anchor !== undefined) this.#anchor(anchor, startOf(node));
    // One for what is around it: brackets, quotes, spaces.
    const size = 1 + (isScalar(node) ? lengthOf(node) : this.#collection(node));
    if (size > MAX_UNFOLDED) this.#found(startOf(node), 'Aliases unfold to too much');
    if (anchor !== undefined) this.#sizes.set(anchor, size);
    return size;
  }

  #collection({ items }: YAMLMap | YAMLSeq): number {
    const keys = new Set<unknown>();
    let size = 0;
    for (const item of items) {
      if (!isPair(item)) {
        size += this.visit(item);
        continue;
      }
      const { key, value } = item;
      // As the library compares them: keys that are no scalars are only themselves.
      const compared: unknown = isScalar(key) ? key.value : key;
      if (keys.has(compared)) this.#found(startOf(key), 'Map keys must be unique');
      keys.add(compared);
      size += this.visit(key) + this.visit(value);
    }
    return size;
  }

  #anchor(name: string, offset: number): void {
    this.#count(offset);
    this.#sizes.set(name, undefined);
  }

  #alias(name: string, offset: number): number {
    this.#count(offset);
    const size = this.#sizes.get(name);
    if (size === undefined) {
      this.#found(
        offset,
        this.#sizes.has(name) ? 'An alias stands within its own anchor' : 'An alias has no anchor',
      );
    }
    return size ?? 0;
  }

  #count(offset: number): void {
    this.#anchors += 1;
    if (this.#anchors > MAX_ANCHORS) this.#found(offset, 'Too many anchors and aliases');
  }

  #found(offset: number, message: string): void {
    this.problem ??= { offset, message };
  }
}

function lengthOf({ range }: Scalar): number {
  return range === undefined || range === null ? 0 : range[1] - range[0];
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
