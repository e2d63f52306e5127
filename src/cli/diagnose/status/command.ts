// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa status`: what there is to say of it.
import { OUTPUT_FLAG } from '../../answer.ts';
import { CLUSTER_SCOPED_FLAGS } from '../../cluster.ts';
import { defineCommand } from '../../command.ts';

/** The flags of `status`. */
export const STATUS_FLAGS = { output: OUTPUT_FLAG, ...CLUSTER_SCOPED_FLAGS } as const;

/** The command. */
export const STATUS = defineCommand({
  name: 'status',
  summary: 'show where credential specs stand: conditions, grants, pods, refusals',
  description:
    'Shows where credential specs stand. With a name: the conditions, who may use it (both as far as the plugin sees it, where the CustomResourceDefinition keeps no status), the pods that run as it and whether their contents are those of the credential spec now, and the pods that were refused of late. Without one, a line for each: PODS that run as it, those with OLDER contents, and how often pods were REFUSED (for as long as the cluster keeps Events, which is an hour by default).',
  arguments: [
    {
      usage: '[NAME]',
      description: 'a credential spec (default: all)',
      completes: 'credspecs',
    },
  ],
  flags: STATUS_FLAGS,
  examples: [
    { does: 'Show a line for each credential spec', command: 'kubectl gmsa status' },
    { does: 'Show all there is to say of one', command: 'kubectl gmsa status gmsa-webapp1' },
  ],
  verdicts: {
    ok: 'all that were asked for are ready; where no status is kept: valid, and the annotation in force',
    no: 'one is not',
  },
  load: () => import('./status.ts'),
});
