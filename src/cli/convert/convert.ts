// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa convert`: a JSON file to a custom resource.
import { basename } from 'node:path';
import { property } from '../../api/untyped.ts';
import { assertEntry } from '../allowed-entries.ts';
import { CliError } from '../cli-error.ts';
import { accountOf } from '../documents/account-of.ts';
import { decodeText } from '../documents/decode-text.ts';
import { identify } from '../documents/identify.ts';
import { manifestName } from '../documents/manifest-name.ts';
import { parseSource, placeOf } from '../documents/source.ts';
import { writeCredspec } from '../documents/write-credspec.ts';
import type { Verdict } from '../exit-code.ts';
import { fillIn } from '../fill-in.ts';
import type { CommandInput } from '../command.ts';
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

/**
 * The contents in a file; `source` is its name for messages.
 * @throws CliError that says what the file is instead.
 */
function contentsOfFile(source: string, bytes: Uint8Array): unknown {
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new CliError(`${source}: this is ${decoded.problem}`, EXPECTED);
  if (decoded.text.trim() === '') throw new CliError(`${source} is empty`, EXPECTED);
  const parsed = parseSource(decoded.text, /^\s*[[{]/.test(decoded.text) ? 'json' : 'yaml');
  if ('problem' in parsed) {
    const { problem } = parsed;
    throw new CliError(`${placeOf(source, problem)}: ${problem.message}`, EXPECTED);
  }
  const [found, another] = parsed.documents.flatMap(({ value }) => identify(value));
  if (another !== undefined) throw new CliError(`${source} holds more than one object`, EXPECTED);
  switch (found?.type) {
    case 'contents':
      return withTextInput(found.contents);
    case 'resource':
      throw new CliError(`${source} is a GMSACredentialSpec already`, {
        hint: fillIn('kubectl gmsa lint <file> checks it, kubectl apply -f <file> applies it', {
          file: source,
        }),
      });
    case 'misnamed':
      throw new CliError(`${source} is almost a GMSACredentialSpec`, {
        hint: fillIn('kubectl gmsa lint <file> says what to change', { file: source }),
      });
    case 'other':
      throw new CliError(`${source} is a Kubernetes object of kind ${found.kind}`, EXPECTED);
    case 'unknown':
    case undefined:
      throw new CliError(
        `${source} has none of the fields CmsPlugins, DomainJoinConfig, ActiveDirectoryConfig`,
        EXPECTED,
      );
  }
}

const EXPECTED = {
  hint: 'give the JSON file that New-CredentialSpec writes; kubectl gmsa generate makes one without it',
} as const;

/**
 * Some tools write PluginInput as the object that the plug-in reads; CCG, and so the API server, take it as
 * text.
 */
function withTextInput(contents: unknown): unknown {
  const config = property(contents, 'ActiveDirectoryConfig');
  const host = property(config, 'HostAccountConfig');
  const input = property(host, 'PluginInput');
  if (typeof input !== 'object' || input === null) return contents;
  return {
    ...(contents as object),
    ActiveDirectoryConfig: {
      ...(config as object),
      HostAccountConfig: { ...(host as object), PluginInput: JSON.stringify(input) },
    },
  };
}
