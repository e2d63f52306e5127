// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa lint`: what there is to say of it.
import { OUTPUT_FLAG } from '../answer.ts';
import { switchFlag } from '../../flags/flag-kinds.ts';
import { CLUSTER_SCOPED_FLAGS } from '../cluster.ts';
import { defineCommand } from '../command.ts';

/** The flags of `lint`. */
export const LINT_FLAGS = {
  strict: switchFlag({ name: 'strict', description: 'warnings count as errors' }),
  output: OUTPUT_FLAG,
  ...CLUSTER_SCOPED_FLAGS,
} as const;

/** The command. */
export const LINT = defineCommand({
  name: 'lint',
  summary: 'check credential specs in files, or in the cluster',
  description:
    'Checks credential specs as the operator and the API server do, before anything is applied. Files are YAML or JSON: GMSACredentialSpecs, also several in a file or among other objects, and the JSON that New-CredentialSpec writes. They need no cluster. What has a slash or ends in .yaml, .yml or .json is a file, - is stdin; everything else is the name of a credential spec in the cluster.',
  arguments: [
    {
      usage: '<FILE|NAME...>',
      description: 'a file, or a credential spec in the cluster',
      completes: 'credspecs-and-files',
    },
  ],
  flags: LINT_FLAGS,
  examples: [
    { does: 'Check files, as in CI', command: 'kubectl gmsa lint credspecs/*.yaml webapp1.json' },
    { does: 'Check what a chart renders', command: 'helm template . | kubectl gmsa lint -' },
    { does: 'Check a credential spec in the cluster', command: 'kubectl gmsa lint gmsa-webapp1' },
  ],
  verdicts: { ok: 'no errors', no: 'errors were found (with --strict: or warnings)' },
  load: () => import('./lint.ts'),
});
