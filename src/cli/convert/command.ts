// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa convert`: what there is to say of it.
import { choiceFlag, listFlag, textFlag } from '../../flags/flag-kinds.ts';
import { defineCommand } from '../command.ts';

/** The flags of commands that write a custom resource. */
export const MANIFEST_FLAGS = {
  name: textFlag({
    name: 'name',
    value: 'name',
    description: 'name of the credential spec in Kubernetes; put in lower case and made legal',
  }),
  allow: listFlag({
    name: 'allow',
    value: 'namespace/name',
    completes: 'service-accounts',
    description: "service account that may use it, or 'namespace/*' for all of a namespace",
  }),
  output: choiceFlag({
    name: 'output',
    short: 'o',
    values: ['yaml', 'json'],
    default: 'yaml',
    description: 'form of the output',
  }),
} as const;

/** The command. */
export const CONVERT = defineCommand({
  name: 'convert',
  summary: 'make a Kubernetes resource of the JSON that New-CredentialSpec writes',
  description:
    'Reads the JSON of a credential spec, as New-CredentialSpec writes it or Docker takes it, and writes the GMSACredentialSpec for it, to be looked at and applied. UTF-8 and UTF-16 with and without a byte order mark are understood. What looks wrong is told on stderr. Without --name, the name is that of the file, or of the account where the JSON comes from stdin.',
  arguments: [
    {
      usage: '<FILE>',
      description: 'the JSON file; - for stdin',
      completes: 'files',
    },
  ],
  flags: MANIFEST_FLAGS,
  examples: [
    {
      does: 'Convert and apply',
      command: 'kubectl gmsa convert gmsa-WebApp1.json | kubectl apply -f -',
    },
    {
      does: 'Choose the name, and allow a service account and all of another namespace',
      command:
        "kubectl gmsa convert contoso_webapp1.json --name webapp1 --allow shop/web --allow 'batch/*'",
    },
  ],
  verdicts: {
    ok: 'it is converted',
    no: 'it is converted, and Windows cannot work with it: see stderr',
  },
  load: () => import('./convert.ts'),
});
