// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa can-use`: what there is to say of it.
import { OUTPUT_FLAG } from '../answer.ts';
import { GRANT_CLUSTER_FLAGS } from '../cluster.ts';
import { defineCommand } from '../command.ts';

/** The flags of `can-use`. */
export const CAN_USE_FLAGS = { output: OUTPUT_FLAG, ...GRANT_CLUSTER_FLAGS } as const;

/** The command. */
export const CAN_USE = defineCommand({
  name: 'can-use',
  summary: 'ask whether a service account may use a credential spec, and through what',
  description:
    'Asks the API server the same question that is asked when a pod of this service account is created, and looks for the RoleBindings and ClusterRoleBindings that give the answer.',
  arguments: [
    { usage: '<NAME>', description: 'the credential spec', completes: 'credspecs' },
    {
      usage: '<SERVICE-ACCOUNT>',
      description: 'namespace/name; with --namespace, the name alone',
      completes: 'service-accounts',
    },
  ],
  flags: CAN_USE_FLAGS,
  examples: [
    {
      does: 'See whether and why the pods of a service account may use it',
      command: 'kubectl gmsa can-use gmsa-webapp1 shop/web',
    },
  ],
  verdicts: { ok: 'yes', no: 'no' },
  load: () => import('./can-use.ts'),
});
