// SPDX-License-Identifier: Apache-2.0
// A flag as data: its name, its environment variable, its default, and what it may be.

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A flag whose value, once understood, is a `T`. */
export interface Flag<T> {
  /** Without dashes. */
  readonly name: string;
  /** What stands for the value in the help. */
  readonly value: string;
  readonly description: string;
  /** As one would write it; undefined: the flag is left out. */
  readonly default?: string;
  /** What may be written, for error messages: `a whole number from 1 to 100`. */
  readonly allowed: string;
  /** Undefined where the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
  /** The flag alone, without a value, means `true`. */
  readonly valueIsOptional?: true;
}

/** A value, and the flag or variable that gave it. */
export interface FlagValue<T> {
  readonly value: T;
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

/** `GMSA_OPERATOR_LOG_LEVEL` for `log-level`. */
export function environmentVariable({ name }: { readonly name: string }): string {
  return `GMSA_OPERATOR_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The value of a flag: from the command line, else from its environment variable (set but empty
 * counts as not set), else the default; undefined where there is none of them.
 * @throws FlagError
 */
export function readFlag<T>(
  flag: Flag<T>,
  given: string | undefined,
  env: Environment,
): FlagValue<T> | undefined {
  const variable = environmentVariable(flag);
  const fromEnvironment = env[variable] === '' ? undefined : env[variable];
  const text = given ?? fromEnvironment ?? flag.default;
  if (text === undefined) return undefined;
  const source = given === undefined && fromEnvironment !== undefined ? variable : `--${flag.name}`;
  const value = flag.parse(text);
  if (value === undefined) throw new FlagError({ source, text }, `it must be ${flag.allowed}`);
  return { value, text, source };
}

/** Reads flags from a command line and an environment. */
export interface FlagReader {
  /** `undefined` where the flag is left out and has no default. @throws FlagError */
  readonly optional: <T>(flag: Flag<T>) => FlagValue<T> | undefined;
  /** @throws FlagError; Error for a flag without a default that is left out. */
  readonly required: <T>(flag: Flag<T>) => FlagValue<T>;
}

/** A reader of what was `given` on the command line, by flag name, and of `env`. */
export function createFlagReader(given: ReadonlyMap<string, string>, env: Environment): FlagReader {
  const optional = <T>(flag: Flag<T>): FlagValue<T> | undefined =>
    readFlag(flag, given.get(flag.name), env);
  return {
    optional,
    required: (flag) => {
      const value = optional(flag);
      if (value === undefined) throw new Error(`--${flag.name} has no default`);
      return value;
    },
  };
}
