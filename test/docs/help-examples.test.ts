// SPDX-License-Identifier: Apache-2.0
// The examples in the help of the plugin's commands. Each goes through the parser of the command line that runs
// the commands, and the flags read their values; that, and no more, is done of it, for most would want a cluster.
// Those of `sh` blocks in documents are run: test/docs/guides.
import { describe, expect, it } from '@jest/globals';
import { readFlag } from '../../src/flags/flag.ts';
import { runProgram } from '../../src/cli/program.ts';
import { fakeIo } from '../../src/cli/testing/fake-io.ts';
import { runCommand } from '../../src/cli/testing/run-command.ts';
import type { Command } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { commandsIn } from './shell-commands.ts';

/** Commands that understand their flags, and then have nothing to do. */
const IDLE: readonly Command[] = COMMANDS.map((command) => ({
  ...command,
  run(given) {
    for (const flag of Object.values(command.flags)) readFlag(flag, given.get(flag.name) ?? []);
    return Promise.resolve('ok');
  },
}));

/** What the parser has against a command line of the plugin; the empty text is nothing. */
async function complaint(words: readonly string[]): Promise<string> {
  const io = fakeIo();
  const code = await runProgram(words, {
    version: '1.2.3',
    commands: IDLE,
    io,
    withCluster: () => Promise.reject(new Error('nothing is run')),
  });
  return code === 0 ? '' : io.err() || `exit code ${code}`;
}

const examples = COMMANDS.flatMap(({ name, examples: all }) =>
  all.map(({ command }) => ({ name, command })),
);

/** The words behind `kubectl gmsa`, in a line that may pipe it. */
function ofPlugin(line: string): readonly (readonly string[])[] {
  return commandsIn(line)
    .filter(([program, plugin]) => program === 'kubectl' && plugin === 'gmsa')
    .map((words) => words.slice(2));
}

describe('an example in the help', () => {
  it.each(examples)('of $name is understood: $command', async ({ name, command }) => {
    const commands = ofPlugin(command);
    expect(commands.map(([command]) => command)).toEqual([name]);
    for (const words of commands) expect(await complaint(words)).toBe('');
  });

  it('is there for every command', () => {
    expect([...new Set(examples.map(({ name }) => name))]).toEqual(
      COMMANDS.map(({ name }) => name),
    );
  });

  it.each([
    ['frobnicate x', /unknown command 'frobnicate'/],
    ['status --frobnicate', /unknown option '--frobnicate'/],
    ['can-use gmsa-webapp1', /missing required argument/],
    ['status a b', /too many arguments/],
    ['allow a b/c --timeout soon', /--timeout: "soon" is not allowed/],
    ['doctor --bundle', /argument missing/],
  ])('would be found out: %s', async (line, message) => {
    expect(await complaint(line.split(' '))).toMatch(message);
  });
});

describe('an example that needs no cluster', () => {
  const WITHOUT = examples.filter(
    ({ name, command }) =>
      (name === 'generate' && /--guid|--powershell/.test(command)) || name === 'convert',
  );

  it.each(WITHOUT)('does what it says: $command', async ({ name, command }) => {
    const [words = []] = ofPlugin(command);
    const made = await runCommand((ofPlugin(GIVE_EVERYTHING)[0] ?? []).concat('-o', 'json'));
    const { credspec } = JSON.parse(made.out) as { credspec: object };
    const file = words[1] ?? '';
    const files = name === 'convert' ? { [file]: JSON.stringify(credspec) } : {};
    const { exitCode, out, err } = await runCommand(words, { files });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(command.includes('--powershell') ? /New-CredentialSpec/ : /^kind: GMSA/m);
  });

  it('is found', () => {
    expect(WITHOUT.length).toBeGreaterThanOrEqual(4);
  });

  const GIVE_EVERYTHING = examples.find(({ command }) => command.includes('--guid'))?.command ?? '';
});
