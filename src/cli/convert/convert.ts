// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa convert`: a JSON file to a custom resource.
import { basename } from 'node:path';
import { assertEntry } from '../allowed-entries.ts';
import { accountOf } from '../documents/account-of.ts';
import { manifestName } from '../documents/manifest-name.ts';
import { writeCredspec } from '../documents/write-credspec.ts';
import type { Verdict } from '../exit-code.ts';
import type { CommandInput } from '../command.ts';
import { contentsOfFile } from './convert-contents.ts';
import type { MANIFEST_FLAGS } from './command.ts';

/** Runs the command. */
export async function run({
  args: [file = '-'],
  flags: { name, allow, output },
  io,
}: CommandInput<typeof MANIFEST_FLAGS>): Promise<Verdict> {
  allow.forEach(assertEntry);
  const source = file === '-' ? 'stdin' : file;
  const contents = contentsOfFile(source, await io.readFile(file));
  const wanted =
    name ?? (file === '-' ? accountOf(contents).account : baseName(file).replace(/\.json$/i, ''));
  const origin = `converted from ${file === '-' ? source : baseName(file)}`;
  const credspec = { name: manifestName(wanted), allowed: allow, contents };
  return writeCredspec(io, credspec, { form: output, origin });
}

function baseName(file: string): string {
  // Windows writes paths with either slash.
  return basename(file.replaceAll('\\', '/'));
}
