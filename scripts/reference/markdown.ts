// SPDX-License-Identifier: Apache-2.0
// What the generated parts of documents are made of.

/** A table. Cells are Markdown; a `|` in them is escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as it is, within a line; back-ticks in it stay what they are (CommonMark, code spans). */
export function code(text: string): string {
  if (!text.includes('`')) return `\`${text}\``;
  const space = /^`|`$/.test(text) ? ' ' : '';
  return `\`\`${space}${text}${space}\`\``;
}

/** A text without any meaning as Markdown. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*<]/g, (character) => `\\${character}`);
}

/** Several texts as they are: `` `a`, `b` ``. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}

/** A list. Items are Markdown. */
export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** A text of several lines as it is. */
export function textBlock(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
