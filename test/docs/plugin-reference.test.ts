// SPDX-License-Identifier: Apache-2.0
// docs/reference/kubectl-gmsa.md says what the plugin does.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { OBJECT_CHECKS } from '../../src/cli/lint/lint-credspec.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { REFERENCE, referenceWithHelp } from '../../scripts/reference-help.ts';

const reference = readFileSync(REFERENCE, 'utf8');

/** The first two cells of the rows below a header. */
function rowsOf(header: string): string[][] {
  const [, table = ''] = reference.split(`\n${header}`);
  return table
    .split('\n')
    .slice(2)
    .filter((_, index, lines) => lines.slice(0, index + 1).every((line) => line.startsWith('|')))
    .map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('docs/reference/kubectl-gmsa.md', () => {
  it('shows the help of every verb as it is (make reference)', () => {
    expect(reference).toBe(referenceWithHelp(reference));
  });

  it('lists every verb with its summary', () => {
    const rows = rowsOf('| verb ');
    expect(rows).toEqual(VERBS.map(({ name, summary }) => [name, summary]));
  });

  it('lists the exit codes', () => {
    expect(rowsOf('| code ').map(([code]) => Number(code))).toEqual(Object.values(EXIT_CODE));
  });

  it('lists the checks of lint that are not those of the contents', () => {
    expect(rowsOf('| check ')).toEqual(Object.entries(OBJECT_CHECKS));
  });
});
