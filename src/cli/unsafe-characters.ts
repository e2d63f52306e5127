// SPDX-License-Identifier: Apache-2.0
// Characters that command a terminal or mislead its reader: their escapes in text that keeps all others, which JSON, YAML
// and files of the user are.

/** The text with each of these characters escaped; line feeds, tabs and line ends of Windows stay. */
export function escapeUnsafe(text: string, escape: (character: string) => string): string {
  return text.replaceAll(UNSAFE, escape);
}

/** Whether the text has such a character. */
export function hasUnsafe(text: string): boolean {
  return text.search(UNSAFE) >= 0;
}

/** The escape of JSON, which YAML understands in double quotes: `\u009b`, and two of them beyond U+FFFF. */
export function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}

/**
 * Control characters (C0, C1), invisible ones and those that change the direction of text (Cf), halves of a pair, and
 * separators that some programs take for a line break.
 */
const UNSAFE = /(?![\n\t]|\r\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
