// SPDX-License-Identifier: Apache-2.0
// What keeps a command from its work, in words for whoever typed it.

/** What a {@link CliError} is about beside its message. */
export interface CliErrorDetails {
  /** The next step: a command, or a sentence. */
  readonly hint?: string | undefined;
  /** Whose fault it is: the command line's (exit code 2) or the world's (3, the default). */
  readonly kind?: 'trouble' | 'usage';
  readonly cause?: unknown;
}

/** An error whose message is one line that says what is wrong and where. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly hint: string | undefined;
  readonly kind: 'trouble' | 'usage';

  constructor(message: string, { hint, kind = 'trouble', cause }: CliErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.hint = hint;
    this.kind = kind;
  }
}

/** A wrong command line. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { hint, kind: 'usage' });
}
