// SPDX-License-Identifier: Apache-2.0
// The structure of a JSON text, measured before it is parsed. A parser turns two bytes of text into an object of a
// hundred, so the number of bytes alone bounds neither its memory nor its time.

import { randomInt } from 'node:crypto';

/** How much a parser will make of a JSON text. */
export interface JsonStructure {
  /** Values of every kind, members and elements included. */
  readonly values: number;
  /**
   * Different names of members, counted by their hashes, so that a few too few are possible. A parser takes far longer
   * for a name that is new than for one that it has seen.
   */
  readonly names: number;
  /** Levels of lists and objects. */
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
/** Also the last of the four bytes that JSON takes for white space. */
const SPACE = 0x20;

/** FNV-1a's, whose start differs in each process, so that nobody can send names of one hash. */
const HASH_PRIME = 0x01000193;
const HASH_START = randomInt(2 ** 32 - 1);
const HASHES = 2 ** 16;

/** Hashes that have occurred in the text that is being measured. */
const seen = new Uint8Array(HASHES);

/** Measures a JSON text in UTF-8 in one pass. The text may also be no JSON: a parser makes less of it then. */
export function measureJson(text: Uint8Array): JsonStructure {
  let [values, names, level, depth] = [1, 0, 0, 0];
  let inString = false;
  let hash = 0;
  // The byte before, white space aside: a list or object that ends where it began is empty.
  let last = 0;
  seen.fill(0);
  for (let index = 0; index < text.length; index++) {
    const byte = text[index] ?? 0;
    if (inString) {
      if (byte === QUOTE) inString = false;
      else hash = Math.imul(hash ^ byte, HASH_PRIME);
      if (byte === BACKSLASH) index++;
      continue;
    }
    if (byte <= SPACE) continue;
    if (byte === QUOTE) {
      inString = true;
      hash = HASH_START;
    } else if (byte === COLON) {
      const bucket = (hash >>> 8) % HASHES;
      names += 1 - (seen[bucket] ?? 0);
      seen[bucket] = 1;
    } else if (byte === COMMA) {
      values++;
    } else if (byte === LIST || byte === OBJECT) {
      // Of its first element or member.
      values++;
      level++;
      depth = Math.max(depth, level);
    } else if (byte === LIST_END || byte === OBJECT_END) {
      if (last === LIST || last === OBJECT) values--;
      level--;
    }
    last = byte;
  }
  return { values, names, depth };
}
