// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { helpOf } from './program.ts';
import { runCommand } from './testing/run-command.ts';
import { COMMANDS } from './commands.ts';

describe('--namespace', () => {
  it('is told of only where it means something, and what', () => {
    const told = COMMANDS.map(({ name }) => {
      const help = helpOf({ commands: COMMANDS, version: '0' }, name).replaceAll(/\s+/g, ' ');
      return [name, / --namespace <name> (.*?\))/.exec(help)?.[1]];
    });
    const alone = 'namespace of a service account that is given by its name alone (no default)';
    expect(Object.fromEntries(told)).toEqual({
      ...{ generate: undefined, convert: undefined, lint: undefined, export: undefined },
      ...{ status: undefined, doctor: undefined },
      ...{ allow: alone, revoke: alone, 'can-use': alone },
      troubleshoot: "namespace of what is given without one (default: the context's)",
    });
  });

  it.each([
    [['lint', 'x.yaml', '-n', 'shop'], 3],
    [['status', '-n', 'shop'], 3],
    [['export', 'x', '-n', 'shop'], 3],
    [['doctor', '-n', 'shop'], 2],
    [['doctor', '--bundle', '-'], 2],
    [['allow', 'x', 'web'], 2],
    [['can-use', 'x', 'web'], 2],
    [['can-use', 'x', 'web', '-n', 'shop'], 3],
  ])('%j without a cluster ends with exit code %d', async (words, exitCode) => {
    expect((await runCommand(words)).exitCode).toBe(exitCode);
  });
});
