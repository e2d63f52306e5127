// SPDX-License-Identifier: Apache-2.0
// From the command line and the environment to options, or to what is to be printed instead. It
// decides and formats; reading files, printing and exiting are the caller's.
import { Command, CommanderError } from 'commander';
import { addFlags, givenTexts } from './commander-options.ts';
import { type Environment, environmentVariable, FlagError } from './flag.ts';
import { readRunOptions, RUN_FLAGS, type RunOptions } from './run-flags.ts';

export type { AdmissionOptions } from './admission-flags.ts';
export type { RunOptions } from './run-flags.ts';

/** What the arguments ask for: a command, or a text and an exit code (0: help, version; 2: wrong). */
export type ParsedArguments =
  | { readonly command: 'run'; readonly options: RunOptions }
  | { readonly exitCode: 0 | 2; readonly stdout?: string; readonly stderr?: string };

const PROGRAM = 'gmsa-operator';

/**
 * Understands `argv` (without interpreter and script). A flag wins over its environment variable,
 * that over the default. Other variables that begin with `GMSA_OPERATOR_` are none of our business:
 * Kubernetes sets some for Services of such names.
 */
export function parseArguments(
  argv: readonly string[],
  env: Environment,
  host: {
    readonly version: string;
    /** The namespace that the pod's service account volume names, where there is one. */
    readonly serviceAccountNamespace?: string | undefined;
  },
): ParsedArguments {
  let stdout = '';
  let stderr = '';
  let parsed: ParsedArguments | undefined;

  const program = new Command(PROGRAM)
    .description('Manages Group Managed Service Accounts (GMSA) for Windows pods.')
    .version(`${PROGRAM} ${host.version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => (stdout += text),
      writeErr: (text) => (stderr += text),
      outputError: () => undefined,
    })
    .exitOverride();
  const run = program
    .command('run')
    .description('Run the operator.')
    .action(() => {
      const options = readRunOptions(givenTexts(run), env, host.serviceAccountNamespace);
      parsed = { command: 'run', options };
    });
  run.addHelpText(
    'after',
    `\nEach flag is an environment variable, too: ${environmentVariable({ name: 'log-level' })} for --log-level. Flags win.`,
  );
  addFlags(run, RUN_FLAGS);

  try {
    program.parse(argv.flatMap(splitValue), { from: 'user' });
  } catch (error) {
    if (error instanceof FlagError) return wrong(error.message);
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: 0, stdout };
    // Nothing was asked for: the help says what could have been.
    if (error.code === 'commander.help') return { exitCode: 2, stderr };
    return wrong(error.message.replace(/^error: /, ''));
  }
  return parsed ?? { exitCode: 2, stderr };
}

/** `--flag=value` as two words: of an unknown flag commander would take both for its name. */
function splitValue(argument: string): readonly string[] {
  const equals = argument.indexOf('=');
  return argument.startsWith('--') && equals > 0
    ? [argument.slice(0, equals), argument.slice(equals + 1)]
    : [argument];
}

function wrong(message: string): ParsedArguments {
  return { exitCode: 2, stderr: `${PROGRAM}: ${message.trim().replace(/\s*\n\s*/g, ' ')}\n` };
}
