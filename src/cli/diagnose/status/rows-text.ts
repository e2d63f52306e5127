// SPDX-License-Identifier: Apache-2.0
// A table within a report. Pure.
import { type Cell, formatTable } from '../../table.ts';

/** An empty line and the table; nothing where there are no rows. */
export function rowsText(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): readonly string[] {
  return rows.length === 0 ? [] : ['\n', formatTable(header, rows)];
}
