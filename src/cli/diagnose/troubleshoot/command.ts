// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa troubleshoot`: what there is to say of it.
import { OUTPUT_FLAG } from '../../answer.ts';
import { durationFlag, switchFlag, textFlag } from '../../../flags/flag-kinds.ts';
import { CLUSTER_FLAGS } from '../../cluster.ts';
import { defineCommand } from '../../command.ts';

/** The flags of `troubleshoot`. */
export const TROUBLESHOOT_FLAGS = {
  container: textFlag({
    name: 'container',
    short: 'c',
    value: 'name',
    description:
      'container to look into, or init or ephemeral container (default: the first that runs under a GMSA)',
  }),
  repair: switchFlag({
    name: 'repair',
    description:
      'reset the secure channel (nltest /sc_reset) where it is what is broken; never in HostProcess containers',
  }),
  timeout: durationFlag({
    name: 'timeout',
    default: '45s',
    description: 'for each program that is run in the container',
  }),
  output: OUTPUT_FLAG,
  ...CLUSTER_FLAGS,
} as const;

/** The command. */
export const TROUBLESHOOT = defineCommand({
  name: 'troubleshoot',
  summary: 'find out why a pod does not log on to Active Directory',
  description:
    'Goes along the chain from the pod template to the logon: admission, the name of the credential spec, its contents, the start of the container, the user in it, DNS, a domain controller, the secure channel, Kerberos. It names the first link that is broken, and what to do about it. For the links within the container it runs whoami, nslookup, nltest and klist there; nothing is changed without --repair.',
  arguments: [
    {
      usage: '<POD|KIND/NAME>',
      description: 'a pod, or what makes pods: deployment/NAME, statefulset/NAME, …',
      completes: 'pods-and-workloads',
    },
  ],
  flags: TROUBLESHOOT_FLAGS,
  examples: [
    {
      does: 'Find out why the pods of a Deployment are not there, or do not work',
      command: 'kubectl gmsa troubleshoot deployment/webapp1',
    },
    {
      does: 'Look into a container, and reset its secure channel where that is broken',
      command: 'kubectl gmsa troubleshoot webapp1-6d4cf56db6-x7k2p -c iis --repair',
    },
  ],
  verdicts: { ok: 'all links were looked at, and none is broken', no: 'a link is broken' },
  load: () => import('./troubleshoot.ts'),
});
