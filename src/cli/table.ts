// SPDX-License-Identifier: Apache-2.0
// Tables as kubectl prints them. Pure.
import { escapeInvisible } from '../api/printable.ts';

/** What stands in a row: the text, and how it is coloured once its width is known. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

/** Columns are three spaces apart, as in kubectl. */
const GAP = '   ';

/**
 * Lines with the columns below each other, the header first; the last line ends with a line feed. Text
 * that comes from a cluster cannot colour, move or hide anything: it is escaped.
 */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header, ...rows].map((row) => row.map(asCell));
  const widths = header.map((_, column) =>
    Math.max(...lines.map((row) => row[column]?.text.length ?? 0)),
  );
  return lines
    .map((row) => {
      const last = row.length - 1;
      return row
        .map(({ text, style }, column) => {
          const padding = column === last ? 0 : (widths[column] ?? 0) - text.length;
          return style(text) + ' '.repeat(padding);
        })
        .join(GAP);
    })
    .map((line) => `${line}\n`)
    .join('');
}

function asCell(cell: Cell): Exclude<Cell, string> {
  const { text, style } =
    typeof cell === 'string' ? { text: cell, style: (plain: string) => plain } : cell;
  return { text: escapeInvisible(text), style };
}
