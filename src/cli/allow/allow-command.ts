// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa allow`: what there is to say of it.
import { defineCommand } from '../command.ts';
import { CHANGE_ARGUMENTS, CHANGE_FLAGS } from './change-command.ts';

/** The command. */
export const ALLOW = defineCommand({
  name: 'allow',
  summary: 'let service accounts use a credential spec',
  description:
    'Adds entries to the annotation gmsa-operator.io/allowed-service-accounts of a credential spec; the operator then grants the access. Other entries stay as they are written. Where somebody else changes the credential spec at the same moment, it is done again on what is there then.',
  arguments: CHANGE_ARGUMENTS,
  flags: CHANGE_FLAGS,
  examples: [
    {
      does: 'Let a service account use it, and wait until it may',
      command: 'kubectl gmsa allow gmsa-webapp1 shop/web --wait',
    },
    {
      does: 'Let all service accounts of a namespace use it',
      command: "kubectl gmsa allow gmsa-webapp1 'shop/*'",
    },
    {
      does: 'Edit the file that Argo CD or Flux applies',
      command: 'kubectl gmsa allow gmsa-webapp1 shop/web --file credspecs/webapp1.yaml',
    },
  ],
  verdicts: { ok: 'all of them are allowed, by the annotation' },
  load: async () => ({ run: (await import('./change.ts')).runAs('allow') }),
});
