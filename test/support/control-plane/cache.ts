// SPDX-License-Identifier: Apache-2.0
// Where built and downloaded programs are kept between runs:
// `<root>/<program>-<version>-<os>-<arch>/<files>`, complete or not there at all.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProgramSource } from './programs.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The cache's root: `$GMSA_OPERATOR_CACHE`, or `gmsa-operator` in the user's cache directory. */
export function cacheRoot(env: Environment): string {
  const home =
    nonEmpty(env['GMSA_OPERATOR_CACHE']) ??
    join(nonEmpty(env['XDG_CACHE_HOME']) ?? join(homedir(), '.cache'), 'gmsa-operator');
  return join(home, 'control-plane');
}

/** Go's names for this machine, such as `linux-amd64`. */
export function platform(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${os}-${arch}`;
}

/** The directory that holds a program's files once it is built. */
export function programDirectory(root: string, source: ProgramSource): string {
  return join(root, `${source.program}-${source.version}-${platform()}`);
}

/** The path of the program in a directory, if all its files are there. */
export function programIn(directory: string, source: ProgramSource): string | undefined {
  const complete = source.files.every((file) => existsSync(join(directory, file)));
  return complete ? join(directory, source.program) : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
