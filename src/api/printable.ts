// SPDX-License-Identifier: Apache-2.0
// How foreign text is echoed in messages: short, on one line, and with nothing invisible in it.

/** UTF-16 units of a foreign value that a message shows before it cuts the value off. */
const SHOWN_LENGTH = 80;

/**
 * The value as it may stand in a message, condition or log line: cut to 80 characters, with control
 * characters, exotic spaces, invisible and direction-changing characters and lone surrogates written
 * as `\u{…}`.
 */
export function printable(value: string): string {
  return escapeInvisible(cut(value, SHOWN_LENGTH)) + cutMark(value);
}

/** {@link printable} in double quotes; the mark of a cut stands outside of them. */
export function quoted(value: string): string {
  return `"${escapeInvisible(cut(value, SHOWN_LENGTH))}"${cutMark(value)}`;
}

/** The first `length` UTF-16 units of the text, or one fewer where that would split a pair. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(length - 1));
  return text.slice(0, splitsPair ? length - 1 : length);
}

/** {@link printable} without the cut, for text whose length is known to be bounded. */
export function escapeInvisible(text: string): string {
  // \p{C}: control, format (zero width, direction), surrogate, private use, unassigned. \p{Z}: spaces.
  return text.replace(/[\p{C}\p{Z}]/gu, (character) =>
    character === ' ' ? ' ' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** {@link escapeInvisible} of a text of several lines, which stay lines. */
export function escapeInLines(text: string): string {
  return text.split('\n').map(escapeInvisible).join('\n');
}

function cutMark(value: string): string {
  return value.length > SHOWN_LENGTH ? `… (${value.length} characters)` : '';
}

/** Items listed in a message before it says how many more there are. */
const MAX_LISTED = 10;

/** A list for a message: `a, b, c`, and after the tenth ` and 3 more`. */
export function listed(items: readonly string[]): string {
  const more = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
