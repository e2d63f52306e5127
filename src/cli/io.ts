// SPDX-License-Identifier: Apache-2.0
// What a command reads and writes outside of the cluster. Handed in, so that tests have their own.
import type { Environment } from '../flags/flag.ts';

/** Where text goes. */
export interface TextOutput {
  readonly write: (text: Uint8Array | string) => void;
  readonly isTerminal: boolean;
}

/** Terminal, environment and files. */
export interface Io {
  readonly env: Environment;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /**
   * Asks whoever sits at the terminal; the answer without white space around it. Undefined where stdin
   * or stderr is no terminal, so that nobody could answer.
   */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /**
   * All of a file, or of stdin for `-`.
   * @throws CliError where it cannot be read, or is larger than {@link MAX_FILE_BYTES}.
   */
  readonly readFile: (path: string) => Promise<Buffer>;
  /**
   * Creates a file, or replaces all of it at once. Nobody but its owner can read it then, as it may hold a secret. A
   * pipe or a device is written to.
   * @throws CliError where it cannot be written.
   */
  readonly writeFile: (path: string, contents: Buffer | string) => Promise<void>;
  /** {@link writeFile} for a file of the user's that was read before: it keeps its mode. */
  readonly editFile: (path: string, contents: Buffer | string) => Promise<void>;
}

/** More than twice what fits into etcd; whatever is larger is not what it is taken for. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;
