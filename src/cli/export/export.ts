// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa export`: a credspec of the cluster as the JSON that container runtimes take.
import { getCredspec } from '../credspecs.ts';
import type { Verdict } from '../exit-code.ts';
import type { CommandInput } from '../command.ts';
import { inOrder, RUNTIME_ORDER } from '../field-order.ts';
import { jsonText } from '../json-text.ts';
import type { EXPORT_FLAGS } from './command.ts';

/** Runs the command. */
export async function run({
  args: [name = ''],
  flags,
  io,
  withCluster,
}: CommandInput<typeof EXPORT_FLAGS>): Promise<Verdict> {
  const { credspec = {} } = await withCluster(flags, ({ client }) => getCredspec(client, name));
  const json = runtimeJson(credspec);
  if (flags.file === undefined || flags.file === '-') io.stdout.write(json);
  else await io.writeFile(flags.file, json);
  return 'ok';
}

/**
 * The contents as a file for Docker (`--security-opt credentialspec=file://…`) and containerd: JSON with the fields in
 * the order of `New-CredentialSpec`.
 */
export function runtimeJson(contents: unknown): string {
  return jsonText(inOrder(contents, RUNTIME_ORDER));
}
