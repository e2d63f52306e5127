// SPDX-License-Identifier: Apache-2.0
// The kubectl plugin: its commands, exit codes, and what lint checks beside the contents.
import { CCG_EVENTS } from '../../src/cli/diagnose/troubleshoot/ccg-events.ts';
import { EXIT_CODE, EXIT_CODE_MEANINGS } from '../../src/cli/exit-code.ts';
import { OBJECT_CHECKS } from '../../src/cli/lint/lint-finding.ts';
import { helpOf } from '../../src/cli/program.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { code, plain, table, textBlock } from './markdown.ts';
import type { Parts } from './parts.ts';
import { OBJECT_CHECK_MEANINGS } from './texts/object-check-meanings.ts';

/** The commands, and what each does. */
export function commandSummaries(): string {
  return table(
    ['command', 'what it does'],
    COMMANDS.map(({ name, summary }) => [code(name), summary]),
  );
}

/** What `--help` prints for each command: the parts `help of generate` and so on. */
export const commandHelps: Parts = Object.fromEntries(
  COMMANDS.map(({ name }) => [
    `help of ${name}`,
    () => textBlock(helpOf({ commands: COMMANDS, version: '' }, name)),
  ]),
);

/** What exit codes mean. */
export function exitCodes(): string {
  return table(
    ['code', 'when'],
    keysOf(EXIT_CODE).map((name) => [String(EXIT_CODE[name]), EXIT_CODE_MEANINGS[name]]),
  );
}

/** What the events of the log mean that is read on a node. */
export function ccgEventTable(): string {
  return table(
    ['event', 'says', 'what to do'],
    CCG_EVENTS.map(({ id, says, remedy }) => [String(id), plain(says), plain(remedy)]),
  );
}

/** What lint checks of the file and the object around the contents. */
export function objectChecks(): string {
  return table(
    ['check', 'counts as', 'what it means'],
    keysOf(OBJECT_CHECKS).map((check) => [
      code(check),
      OBJECT_CHECKS[check],
      OBJECT_CHECK_MEANINGS[check],
    ]),
  );
}

function keysOf<T extends object>(object: T): readonly (keyof T)[] {
  return Object.keys(object) as (keyof T)[];
}
