// SPDX-License-Identifier: Apache-2.0
// From a JSON file of a credential spec to its contents in the custom resource. Pure.
import { property } from '../../api/untyped.ts';
import { CliError } from '../cli-error.ts';
import { decodeText } from '../documents/decode-text.ts';
import { identify } from '../documents/identify.ts';
import { parseSource } from '../documents/source.ts';

/**
 * The contents in a file; `source` is its name for messages.
 * @throws CliError that says what the file is instead.
 */
export function contentsOfFile(source: string, bytes: Uint8Array): unknown {
  const decoded = decodeText(bytes);
  if ('problem' in decoded) throw new CliError(`${source}: this is ${decoded.problem}`, EXPECTED);
  if (decoded.text.trim() === '') throw new CliError(`${source} is empty`, EXPECTED);
  const parsed = parseSource(decoded.text, /^\s*[[{]/.test(decoded.text) ? 'json' : 'yaml');
  if ('problem' in parsed) {
    const { line, message } = parsed.problem;
    throw new CliError(`${source}:${line}: ${message}`, EXPECTED);
  }
  const [found, another] = parsed.documents.flatMap(({ value }) => identify(value));
  if (another !== undefined) throw new CliError(`${source} holds more than one object`, EXPECTED);
  switch (found?.type) {
    case 'contents':
      return withTextInput(found.contents);
    case 'resource':
      throw new CliError(`${source} is a GMSACredentialSpec already`, {
        hint: `kubectl gmsa lint ${source} checks it, kubectl apply -f ${source} applies it`,
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
