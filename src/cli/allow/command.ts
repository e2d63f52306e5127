// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa allow` and `kubectl gmsa revoke`: what there is to say of them.
import { OUTPUT_FLAG } from '../answer.ts';
import { choiceFlag, durationFlag, switchFlag, textFlag } from '../../flags/flag-kinds.ts';
import { GRANT_CLUSTER_FLAGS } from '../cluster.ts';
import { type CommandArgument, defineCommand } from '../command.ts';

/** The flags of both. */
export const CHANGE_FLAGS = {
  dryRun: choiceFlag({
    name: 'dry-run',
    values: ['none', 'client', 'server'],
    default: 'none',
    description: 'client: only tell what would be done; server: let the API server check it, too',
  }),
  wait: switchFlag({
    name: 'wait',
    description: 'until the operator has put the annotation in force',
  }),
  timeout: durationFlag({
    name: 'timeout',
    default: '30s',
    description: 'how long to wait with --wait',
  }),
  force: switchFlag({
    name: 'force',
    description: 'also where Argo CD, Flux or kubectl apply would undo the change',
  }),
  file: textFlag({
    name: 'file',
    short: 'f',
    value: 'file',
    completes: 'files',
    description: 'edit this YAML or JSON file in place of the cluster; - from stdin to stdout',
  }),
  output: OUTPUT_FLAG,
  ...GRANT_CLUSTER_FLAGS,
} as const;

const CHANGE_ARGUMENTS: readonly CommandArgument[] = [
  { usage: '<NAME>', description: 'the credential spec', completes: 'credspecs' },
  {
    usage: '<SERVICE-ACCOUNT...>',
    description:
      "namespace/name, or 'namespace/*' for all of a namespace; with --namespace, the name alone",
    completes: 'service-accounts',
  },
];

/** The command that adds entries. */
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
      does: 'Edit the file that Argo CD, Flux or kubectl applies',
      command: 'kubectl gmsa allow gmsa-webapp1 shop/web --file credspecs/webapp1.yaml',
    },
  ],
  verdicts: { ok: 'all of them are allowed, by the annotation' },
  load: async () => ({ run: (await import('./change.ts')).runAs('allow') }),
});

/** The command that removes entries. */
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
