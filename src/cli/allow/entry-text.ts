// SPDX-License-Identifier: Apache-2.0
// Entries put into an annotation's text and taken out of it, while all other text stays as it is: whoever
// wrote it, one entry a line or a list with commas, finds it again. Pure.

/** The entries in a text, in their order. */
export function entriesIn(text: string): readonly string[] {
  return tokensIn(text).map(({ entry }) => entry);
}

/**
 * The text with an entry behind its last one, set off as that one is. `separator` is for a text with a single
 * entry on a single line.
 */
export function withEntry(text: string, entry: string, separator = ', '): string {
  const tokens = tokensIn(text);
  const [before, last] = [tokens.at(-2), tokens.at(-1)];
  if (last === undefined) return entry + (/\r?\n$/.exec(text)?.[0] ?? '');
  const [head, tail] = [text.slice(0, last.end), text.slice(last.end)];
  const between =
    before === undefined
      ? (newLineLike(head, tail) ?? separator)
      : text.slice(before.end, last.start);
  return head + between + entry + tail;
}

/** The text without an entry, however often it has it; empty where no other is left. */
export function withoutEntry(text: string, entry: string): string {
  const tokens = tokensIn(text);
  const index = tokens.findIndex((token) => token.entry === entry);
  const token = tokens[index];
  if (token === undefined) return text;
  if (tokens.length === 1) return '';
  const [previous, next] = [tokens[index - 1], tokens[index + 1]];
  const rest =
    next === undefined || (previous !== undefined && isLastOfLine(text, token, next, previous))
      ? text.slice(0, previous?.end) + text.slice(token.end)
      : text.slice(0, token.start) + text.slice(next.start);
  return withoutEntry(rest, entry);
}

interface Token {
  readonly entry: string;
  readonly start: number;
  readonly end: number;
}

/** By the separators of the annotation's grammar. */
function tokensIn(text: string): readonly Token[] {
  return [...text.matchAll(/[^\s,]+/g)].map(({ 0: entry, index }) => ({
    entry,
    start: index,
    end: index + entry.length,
  }));
}

/** A line break and the indentation of the only entry, where that has a line of its own. */
function newLineLike(head: string, tail: string): string | undefined {
  const [lineBreak] = /\r?\n/.exec(tail) ?? [];
  if (lineBreak === undefined) return undefined;
  const [indentation = ''] = /[ \t]*(?=\S+$)/.exec(head) ?? [];
  return lineBreak + indentation;
}

/** Then what sets it off from the entry before it goes, so that the next one keeps its line. */
function isLastOfLine(text: string, token: Token, next: Token, previous: Token): boolean {
  return (
    text.slice(token.end, next.start).includes('\n') &&
    !text.slice(previous.end, token.start).includes('\n')
  );
}
