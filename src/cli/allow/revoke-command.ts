// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa revoke`: what there is to say of it.
import { defineCommand } from '../command.ts';
import { CHANGE_ARGUMENTS, CHANGE_FLAGS } from './change-command.ts';

/** The command. */
export const REVOKE = defineCommand({
  name: 'revoke',
  summary: 'take back what allow has allowed',
  description:
    'Removes entries from the annotation gmsa-operator.io/allowed-service-accounts of a credential spec; the operator then takes the access away. Pods that run already keep what they have. Access that was given in another way, by a RoleBinding of your own, stays: kubectl gmsa can-use shows it.',
  arguments: CHANGE_ARGUMENTS,
  flags: CHANGE_FLAGS,
  examples: [
    {
      does: 'Take the access of a service account away, and wait until it is gone',
      command: 'kubectl gmsa revoke gmsa-webapp1 shop/web --wait',
    },
    {
      does: 'See what would become of the annotation',
      command: "kubectl gmsa revoke gmsa-webapp1 'shop/*' --dry-run=client -o yaml",
    },
  ],
  verdicts: {
    ok: 'none of them has an entry any more',
    no: 'one of them is still allowed by the entry for its namespace',
  },
  load: async () => ({ run: (await import('./change.ts')).runAs('revoke') }),
});
