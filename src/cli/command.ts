// SPDX-License-Identifier: Apache-2.0
// A verb as data: what the help, the completion and the reference say of it, and where its code is,
// which is loaded only when the verb is run.
import type { CliFlags, Completion, FlagValues } from './cli-flag.ts';
import type { WithCluster } from './cluster.ts';
import type { Verdict } from './exit-code.ts';
import type { Io } from './io.ts';

/** A positional argument. */
export interface VerbArgument {
  /** As it stands in the usage line: `NAME`. */
  readonly name: string;
  readonly count: 'any-number' | 'at-least-one' | 'one' | 'one-or-none';
  readonly description: string;
  readonly completes: Completion;
}

/** A command line that shows what the verb is for. */
export interface Example {
  /** What it does, as a sentence without full stop. */
  readonly does: string;
  /** Begins with `kubectl gmsa`. */
  readonly command: string;
}

/** What a verb is run with. */
export interface VerbInput<F extends CliFlags> {
  /** The positional arguments; their number is as {@link VerbArgument.count} says. */
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
  readonly io: Io;
  readonly withCluster: WithCluster;
}

/** The code of a verb. @throws CliError, ApiError, FlagError: explain-error.ts says what is told of each. */
export type VerbRun<F extends CliFlags> = (input: VerbInput<F>) => Promise<Verdict>;

/** What there is to say of a verb. */
export interface VerbDeclaration<F extends CliFlags> {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** For the verb's own help; sentences, line breaks only between paragraphs. */
  readonly description: string;
  readonly arguments: readonly VerbArgument[];
  readonly flags: F;
  readonly examples: readonly Example[];
  /** What exit codes 0 and 1 mean here. */
  readonly verdicts: { readonly ok: string; readonly no?: string };
  readonly load: () => Promise<{ readonly run: VerbRun<F> }>;
}

/** A verb whose flags are still texts. */
export interface Verb extends Omit<VerbDeclaration<CliFlags>, 'load'> {
  /** `given`: the texts of each flag by its name without dashes, in the order in which they came. */
  readonly run: (
    given: ReadonlyMap<string, readonly string[]>,
    rest: Omit<VerbInput<CliFlags>, 'flags'>,
  ) => Promise<Verdict>;
}

/** A verb of this declaration. */
export function defineVerb<F extends CliFlags>({ load, ...told }: VerbDeclaration<F>): Verb {
  return {
    ...told,
    async run(given, rest) {
      // Before the code is loaded: what is wrong with a flag is told at once.
      const flags = Object.fromEntries(
        Object.entries(told.flags).map(([key, flag]) => [
          key,
          flag.read(given.get(flag.name) ?? []),
        ]),
      ) as FlagValues<F>;
      const { run } = await load();
      return run({ ...rest, flags });
    },
  };
}
