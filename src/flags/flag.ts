// SPDX-License-Identifier: Apache-2.0
// A flag of the operator or of the plugin as data, and how its value is read.

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the plugin's shell completion offers for a value. */
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
export interface Flag<T> {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  /** The flag alone, without a value, means `true`. */
  readonly valueIsOptional?: true;
  readonly description: string;
  /** As one would write it; undefined: the flag is left out. */
  readonly default?: string;
  readonly repeatable?: true;
  /** Whether the program takes the flag, and the help does not list it. */
  readonly hidden?: true;
  /** The default is `nothing`. */
  readonly completes?: Completion;
  /** What a user can write, for error messages: `a whole number from 1 to 100`. */
  readonly allowed: string;
  /** Undefined where the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

/** Flags by the names under which a command knows their values. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The value of a flag: a list if it is repeatable, and `undefined` only if it has no default. */
export type FlagValue<F> =
  F extends Flag<infer T>
    ? F extends { readonly repeatable: true }
      ? readonly T[]
      : F extends { readonly default: string }
        ? T
        : T | undefined
    : never;

/** The values of flags. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** A value, and the flag or variable that gave it. */
export interface ReadFlag<V> {
  readonly value: V;
  /** As it was written; empty for a flag that is left out and has no default. */
  readonly text: string;
  /** `--log-level`, `GMSA_OPERATOR_LOG_LEVEL`. */
  readonly source: string;
}

/** A flag or variable with a value that is not allowed; the message is one line. */
export class FlagError extends Error {
  override readonly name = 'FlagError';

  constructor({ source, text }: { readonly source: string; readonly text: string }, why: string) {
    super(`${source}: ${JSON.stringify(text)} is not allowed: ${why}`);
  }
}

/**
 * The value of a flag from the texts that were given, in their order, or else from its default. Of a flag
 * that is not repeatable, the last text counts.
 * @throws FlagError
 */
export function readFlag<F extends Flag<unknown>>(
  flag: F,
  given: readonly string[],
  source = `--${flag.name}`,
): ReadFlag<FlagValue<F>> {
  const parse = (text: string): unknown => {
    const value = flag.parse(text);
    if (value === undefined) throw new FlagError({ source, text }, `it must be ${flag.allowed}`);
    return value;
  };
  const text = given.at(-1) ?? flag.default;
  const single = text === undefined ? undefined : parse(text);
  const value = flag.repeatable === true ? given.map(parse) : single;
  return { value: value as FlagValue<F>, text: text ?? '', source };
}

/** The values of flags, from the texts that were given for each name. @throws FlagError */
export function readFlags<F extends Flags>(
  flags: F,
  given: ReadonlyMap<string, readonly string[]>,
): FlagValues<F> {
  return Object.fromEntries(
    Object.entries(flags).map(([key, flag]) => [
      key,
      readFlag(flag, given.get(flag.name) ?? []).value,
    ]),
  ) as FlagValues<F>;
}

/** `GMSA_OPERATOR_LOG_LEVEL` for `log-level`. */
export function environmentVariable({ name }: { readonly name: string }): string {
  return `GMSA_OPERATOR_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Reads a flag of the operator. @throws FlagError */
export type FlagReader = <F extends Flag<unknown>>(flag: F) => ReadFlag<FlagValue<F>>;

/**
 * A reader of the texts that were `given` on the command line, by flag name, or else of the environment
 * variables of the flags. A variable that is set but empty counts as not set.
 */
export function createFlagReader(
  given: ReadonlyMap<string, readonly string[]>,
  env: Environment,
): FlagReader {
  return (flag) => {
    const variable = environmentVariable(flag);
    const text = env[variable] ?? '';
    const texts = given.get(flag.name);
    return texts === undefined && text !== ''
      ? readFlag(flag, [text], variable)
      : readFlag(flag, texts ?? []);
  };
}
