// SPDX-License-Identifier: Apache-2.0
// The flags of `gmsa-operator run`.
import { parseArguments } from '../../src/flags/arguments.ts';
import { environmentVariable, type Flag } from '../../src/flags/flag.ts';
import { RUN_FLAGS } from '../../src/flags/run-flags.ts';
import { code, plain, table, textBlock } from './markdown.ts';

/** What `run --help` prints. */
export function runHelp(): string {
  const parsed = parseArguments(['run', '--help'], {}, { version: '' });
  return textBlock(('stdout' in parsed ? parsed.stdout : undefined) ?? '');
}

/** What each flag may be, and the environment variable that is the same. */
export function flagValues(): string {
  return table(
    ['flag', 'environment variable', 'it must be'],
    Object.values<Flag<unknown>>(RUN_FLAGS).map((flag) => [
      code(`--${flag.name}`),
      code(environmentVariable(flag)),
      plain(flag.allowed),
    ]),
  );
}
