// SPDX-License-Identifier: Apache-2.0
// Whether contents that stand in a pod are those of a credspec.
import { canonicalJson } from '../../api/canonical-json.ts';

/**
 * Whether `text`, from a pod, is JSON of the same value as `contents`, a credspec's as `canonicalJson`
 * writes them. Text that is no JSON is not; nothing is thrown.
 *
 * JSON with a name twice in one object is not the same either: which of the two holds depends on who
 * reads it (RFC 8259, section 4), so that one could be checked here and the other be used by Windows.
 */
export function contentsMatch(text: string, contents: string): boolean {
  // What the mutating webhook filled in comes back as it was.
  if (text === contents) return true;
  // Only text with the structure of a credspec is parsed: a client can write anything, as large as a request may be.
  if (structureOf(text) !== structureOf(contents)) return false;
  try {
    return canonicalJson(JSON.parse(text)) === contents;
  } catch {
    return false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const LIST = 0x5b;
const OBJECT = 0x7b;

/**
 * The numbers of members, separators, lists and objects in valid JSON. They are the same in each text of a value, but
 * for one that has a name twice.
 */
function structureOf(json: string): string {
  let [members, separators, lists, objects] = [0, 0, 0, 0];
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) inString = !inString;
    else if (inString) index += Number(code === BACKSLASH);
    else if (code === COLON) members++;
    else if (code === COMMA) separators++;
    else if (code === LIST) lists++;
    else if (code === OBJECT) objects++;
  }
  return [members, separators, lists, objects].join(' ');
}
