// SPDX-License-Identifier: Apache-2.0
// The flags of a command as data: what the help says of them, what completes them, and what their texts
// mean.
import { parseDuration } from '../flags/duration.ts';
import { FlagError } from '../flags/flag.ts';

/** What the shell offers for a flag's value or an argument. */
export type Completion =
  | 'contexts'
  | 'credspecs'
  /** Those of the cluster, and YAML and JSON files. */
  | 'credspecs-and-files'
  | 'files'
  | 'namespaces'
  | 'nothing'
  | 'pods-and-workloads'
  | 'service-accounts'
  | readonly string[];

/** A flag whose value, once understood, is a `T`. */
export interface CliFlag<T> {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  readonly repeatable?: true;
  /** Whether it is taken, and told of nowhere. */
  readonly hidden?: true;
  readonly description: string;
  readonly completes: Completion;
  /** From the texts that were given, in their order; none: the flag is left out. @throws FlagError */
  readonly read: (given: readonly string[]) => T;
}

/** Flags by the names under which a command knows their values. */
export type CliFlags = Readonly<Record<string, CliFlag<unknown>>>;

/** The values of such flags. */
export type FlagValues<F extends CliFlags> = {
  readonly [Name in keyof F]: F[Name] extends CliFlag<infer T> ? T : never;
};

type Words = Pick<CliFlag<unknown>, 'description' | 'hidden' | 'name' | 'short'>;

/** A flag without a value: given or not. */
export function switchFlag(words: Words): CliFlag<boolean> {
  return { ...words, completes: 'nothing', read: (given) => given.length > 0 };
}

/** A flag with any text; `undefined` where it is left out. */
export function textFlag(
  words: Words & { readonly value: string; readonly completes?: Completion },
): CliFlag<string | undefined> {
  return { completes: 'nothing', ...words, read: (given) => given.at(-1) };
}

/** A flag that may be given more than once. */
export function listFlag(
  words: Words & { readonly value: string; readonly completes?: Completion },
): CliFlag<readonly string[]> {
  return { completes: 'nothing', ...words, repeatable: true, read: (given) => given };
}

/** A flag whose value is one of some words. */
export function choiceFlag<const T extends string, const D extends T | undefined>({
  values,
  default: fallback,
  ...words
}: Words & { readonly values: readonly T[]; readonly default: D }): CliFlag<T | D> {
  return {
    ...words,
    value: values.join('|'),
    description: withDefault(words.description, fallback),
    completes: values,
    read(given) {
      const text = given.at(-1);
      if (text === undefined) return fallback;
      const value = values.find((candidate) => candidate === text);
      if (value !== undefined) return value;
      throw new FlagError(
        { source: `--${words.name}`, text },
        `it must be one of ${values.join(', ')}`,
      );
    },
  };
}

/** A flag whose value is a duration as Go writes it; its value is in milliseconds. */
export function durationFlag({
  default: fallback,
  ...words
}: Words & { readonly default: string }): CliFlag<number> {
  return {
    ...words,
    value: 'duration',
    description: withDefault(words.description, fallback),
    completes: 'nothing',
    read(given) {
      const text = given.at(-1) ?? fallback;
      const ms = parseDuration(text);
      if (ms !== undefined && ms > 0) return ms;
      throw new FlagError(
        { source: `--${words.name}`, text },
        'it must be a duration above 0, such as 30s, 5m or 1h30m',
      );
    },
  };
}

function withDefault(description: string, fallback: string | undefined): string {
  return fallback === undefined ? description : `${description} (default: ${fallback})`;
}
