// SPDX-License-Identifier: Apache-2.0
// What `kubectl gmsa allow` and `kubectl gmsa revoke` have in common to say of themselves.
import { OUTPUT_FLAG } from '../answer.ts';
import { choiceFlag, durationFlag, switchFlag, textFlag } from '../../flags/flag-kinds.ts';
import { GRANT_CLUSTER_FLAGS } from '../cluster.ts';
import type { CommandArgument } from '../command.ts';

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
    description: 'also where Argo CD or Flux manages the credential spec, and may undo the change',
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

/** The arguments of both. */
export const CHANGE_ARGUMENTS: readonly CommandArgument[] = [
  { name: 'NAME', count: 'one', description: 'the credential spec', completes: 'credspecs' },
  {
    name: 'SERVICE-ACCOUNT',
    count: 'at-least-one',
    description:
      "namespace/name, or 'namespace/*' for all of a namespace; with --namespace, the name alone",
    completes: 'service-accounts',
  },
];
