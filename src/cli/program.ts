// SPDX-License-Identifier: Apache-2.0
// From a command line to a command that runs, and from what becomes of it to an exit code.
import { Command as Parser, CommanderError, type OutputConfiguration } from 'commander';
import { CliError } from './cli-error.ts';
import { addFlags, givenTexts } from '../flags/commander-options.ts';
import type { WithCluster } from './cluster.ts';
import { EXIT_CODE, EXIT_CODE_MEANINGS } from './exit-code.ts';
import { explainError } from './explain-error.ts';
import type { Io } from './io.ts';
import { KUBECTL_FLAGS } from './kubectl-flags.ts';
import { styleFor } from './style.ts';
import type { Command } from './command.ts';

/** As users call it; kubectl finds the program `kubectl-gmsa` on the PATH. */
export const PROGRAM = 'kubectl gmsa';

/** Columns of the help. */
const HELP_WIDTH = 100;

/** What the program runs with. */
export interface ProgramOptions {
  readonly version: string;
  readonly commands: readonly Command[];
  readonly io: Io;
  readonly withCluster: WithCluster;
}

/** Runs what `argv` (without interpreter and script) asks for; the exit code. Never throws. */
export async function runProgram(
  argv: readonly string[],
  { io, withCluster, ...options }: ProgramOptions,
): Promise<number> {
  let exitCode: number = EXIT_CODE.ok;
  const output = { writeOut: io.stdout.write, writeErr: io.stderr.write };
  const program = buildProgram(options, output, async (command, parser) => {
    const input = { args: parser.args, io, withCluster };
    exitCode = EXIT_CODE[await command.run(givenTexts(parser), input)];
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error, io);
    if (error.exitCode === 0) return EXIT_CODE.ok;
    // Nothing was asked for: the help, which is printed already, says what could have been.
    if (error.code === 'commander.help') return EXIT_CODE.usage;
    return tell(misused(error, argv, options.commands), io);
  }
}

/** The help of a command, or without one that of the program; for the reference. */
export function helpOf(
  options: Pick<ProgramOptions, 'commands' | 'version'>,
  command?: string,
): string {
  let help = '';
  const output = { writeOut: (text: string) => (help += text) };
  const program = buildProgram(options, output, () => Promise.resolve());
  (program.commands.find((parser) => parser.name() === command) ?? program).outputHelp();
  return help;
}

function buildProgram(
  { version, commands }: Pick<ProgramOptions, 'commands' | 'version'>,
  output: OutputConfiguration,
  run: (command: Command, parser: Parser) => Promise<void>,
): Parser {
  const program = new Parser(PROGRAM)
    .description(
      'Makes, checks and grants Windows credential specs (GMSA), and finds out why one does not work.',
    )
    .version(`${PROGRAM} ${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .usage('COMMAND [options]')
    .configureHelp({ helpWidth: HELP_WIDTH, subcommandTerm: (subcommand) => subcommand.name() })
    .configureOutput({ ...output, outputError: () => undefined })
    .exitOverride();
  for (const command of commands) {
    const parser = program
      .command(command.name)
      .summary(command.summary)
      .description(command.description)
      .usage([...command.arguments.map(({ usage }) => usage), '[options]'].join(' '))
      .addHelpText('after', examples(command))
      .action(() => run(command, parser));
    for (const { usage, description } of command.arguments) parser.argument(usage, description);
    addFlags(parser, command.flags);
  }
  return program;
}

function examples({ examples, flags, verdicts: { ok, no } }: Command): string {
  return [
    '',
    'Examples:',
    ...examples.flatMap(({ does, command }) => [`  # ${does}`, `  ${command}`, '']),
    ...kubectlFlags(flags),
    'Exit codes:',
    `  0  ${ok}`,
    ...(no === undefined ? [] : [`  1  ${no}`]),
    ...(['usage', 'trouble'] as const).map(
      (name) => `  ${EXIT_CODE[name]}  ${EXIT_CODE_MEANINGS[name]}`,
    ),
  ].join('\n');
}

/** One line for those that the list of flags leaves out. */
function kubectlFlags(flags: Command['flags']): readonly string[] {
  if (!Object.hasOwn(flags, 'server')) return [];
  const names = Object.values(KUBECTL_FLAGS).map(({ name }) => (name === 'v' ? '-v' : `--${name}`));
  const lines = names.reduce<readonly string[]>(
    (all, name) => {
      const [last = '', before] = [all.at(-1), all.slice(0, -1)];
      const longer = `${last} ${name}`;
      return longer.length < HELP_WIDTH ? [...before, longer] : [...all, `  ${name}`];
    },
    [' '],
  );
  return ['Global flags of kubectl:', ...lines, ''];
}

function misused(
  error: CommanderError,
  argv: readonly string[],
  commands: readonly Command[],
): CliError {
  const command = commands.find(({ name }) => argv.includes(name));
  const message = error.message.replace(/^error: /, '');
  return new CliError(message, {
    kind: 'usage',
    hint: `${PROGRAM}${command === undefined ? '' : ` ${command.name}`} --help`,
  });
}

/** Tells of an error on stderr; the exit code. */
function tell(error: unknown, { stderr, env }: Io): number {
  const { message, hint, exitCode } = explainError(error);
  const style = styleFor(stderr, env);
  stderr.write(`${style.bad('error:')} ${message}\n`);
  if (hint !== undefined) stderr.write(`${style.strong('hint:')} ${hint}\n`);
  return exitCode;
}
