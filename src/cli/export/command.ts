// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa export`: what there is to say of it.
import { textFlag } from '../../flags/flag-kinds.ts';
import { CLUSTER_SCOPED_FLAGS } from '../cluster.ts';
import { defineCommand } from '../command.ts';

/** The flags of `export`. */
export const EXPORT_FLAGS = {
  file: textFlag({
    name: 'file',
    short: 'f',
    value: 'file',
    completes: 'files',
    description: 'write to this file; - for stdout, which is the default',
  }),
  ...CLUSTER_SCOPED_FLAGS,
} as const;

/** The command. */
export const EXPORT = defineCommand({
  name: 'export',
  summary: 'write a credential spec of the cluster as the JSON that Docker and containerd take',
  description:
    'Writes the contents of a credential spec of the cluster as the JSON file that Docker and containerd take, in the order of fields in which New-CredentialSpec writes them. PluginInput is written as it is, and may hold a secret: only its owner can read the file.',
  arguments: [{ usage: '<NAME>', description: 'the credential spec', completes: 'credspecs' }],
  flags: EXPORT_FLAGS,
  examples: [
    {
      does: 'Try a credential spec of the cluster with Docker on a Windows machine',
      command: 'kubectl gmsa export gmsa-webapp1 --file gmsa-webapp1.json',
    },
  ],
  verdicts: { ok: 'it is written' },
  load: () => import('./export.ts'),
});
