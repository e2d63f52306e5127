// SPDX-License-Identifier: Apache-2.0
// Whether contents that stand in a pod are those of a credspec.
import { canonicalJson } from '../../api/canonical-json.ts';

/**
 * Whether `text`, from a pod, is JSON of the same value as `contents`, a credspec's as `canonicalJson`
 * writes them. Text that is no JSON, or that nests too deeply, is not; nothing is thrown.
 *
 * JSON with a name twice in one object is not the same either: which of the two holds depends on who
 * reads it (RFC 8259, section 4), so that one could be checked here and the other be used by Windows.
 */
export function contentsMatch(text: string, contents: string): boolean {
  // What the mutating webhook filled in comes back as it was.
  if (text === contents) return true;
  try {
    return (
      canonicalJson(JSON.parse(text)) === contents && countMembers(text) === countMembers(contents)
    );
  } catch {
    return false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

// Members of all objects in valid JSON, those of the same name too: each has a colon outside of strings.
function countMembers(json: string): number {
  let count = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) inString = !inString;
    else if (inString && code === BACKSLASH) index++;
    else if (!inString && code === COLON) count++;
  }
  return count;
}
