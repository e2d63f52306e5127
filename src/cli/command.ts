// SPDX-License-Identifier: Apache-2.0
// A command as data: what the help, the completion and the reference say of it, and where its code is,
// which is loaded only when the command is run.
import { type Completion, type Flags, type FlagValues, readFlags } from '../flags/flag.ts';
import type { WithCluster } from './cluster.ts';
import type { Verdict } from './exit-code.ts';
import type { Io } from './io.ts';

/** A positional argument. */
export interface CommandArgument {
  /** As commander writes it: `<NAME>`, `[NAME]` if it is optional, `<NAME...>` if there can be several. */
  readonly usage: string;
  readonly description: string;
  readonly completes: Completion;
}

/** A command line that shows what the command is for. */
export interface Example {
  /** What it does, as a sentence without full stop. */
  readonly does: string;
  /** Begins with `kubectl gmsa`. */
  readonly command: string;
}

/** What a command is run with. */
export interface CommandInput<F extends Flags> {
  /** The positional arguments; their number is as {@link CommandArgument.usage} says. */
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
  readonly io: Io;
  readonly withCluster: WithCluster;
}

/** The code of a command. @throws CliError, ApiError, FlagError: explain-error.ts says what is told of each. */
export type CommandRun<F extends Flags> = (input: CommandInput<F>) => Promise<Verdict>;

/** What there is to say of a command. */
export interface CommandDeclaration<F extends Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** For the command's own help; sentences, line breaks only between paragraphs. */
  readonly description: string;
  readonly arguments: readonly CommandArgument[];
  readonly flags: F;
  readonly examples: readonly Example[];
  /** What exit codes 0 and 1 mean here. */
  readonly verdicts: { readonly ok: string; readonly no?: string };
  readonly load: () => Promise<{ readonly run: CommandRun<F> }>;
}

/** A command whose flags are still texts. */
export interface Command extends Omit<CommandDeclaration<Flags>, 'load'> {
  /** `given`: the texts of each flag by its name without dashes, in the order in which they came. */
  readonly run: (
    given: ReadonlyMap<string, readonly string[]>,
    rest: Omit<CommandInput<Flags>, 'flags'>,
  ) => Promise<Verdict>;
}

/** A command of this declaration. */
export function defineCommand<F extends Flags>({ load, ...told }: CommandDeclaration<F>): Command {
  return {
    ...told,
    async run(given, rest) {
      // Before the code is loaded: what is wrong with a flag is told at once.
      const flags = readFlags(told.flags, given);
      const { run } = await load();
      return run({ ...rest, flags });
    },
  };
}
