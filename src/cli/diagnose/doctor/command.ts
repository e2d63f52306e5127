// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa doctor`: what there is to say of it.
import { OUTPUT_FLAG } from '../../answer.ts';
import { textFlag } from '../../../flags/flag-kinds.ts';
import { CLUSTER_FLAGS } from '../../cluster.ts';
import { KUBECTL_FLAGS } from '../../kubectl-flags.ts';
import { defineCommand } from '../../command.ts';

const { kubeconfig, context } = CLUSTER_FLAGS;

/** The flags of `doctor`. */
export const DOCTOR_FLAGS = {
  bundle: textFlag({
    name: 'bundle',
    value: 'file.tar.gz',
    completes: 'files',
    description: 'also write what was found and read for a support case; it holds no secret',
  }),
  operatorNamespace: textFlag({
    name: 'operator-namespace',
    value: 'name',
    completes: 'namespaces',
    description: 'where the operator is (default: gmsa-operator-system)',
  }),
  serviceAccount: textFlag({
    name: 'service-account',
    value: 'name',
    description:
      'service account of the operator (default: that of its Deployment, else gmsa-operator)',
  }),
  certSecret: textFlag({
    name: 'cert-secret',
    value: 'name',
    description:
      "Secret with the webhooks' certificate (default: that of the operator's Deployment, else gmsa-operator-webhook-cert)",
  }),
  output: OUTPUT_FLAG,
  kubeconfig,
  context,
  ...KUBECTL_FLAGS,
} as const;

/** The command. */
export const DOCTOR = defineCommand({
  name: 'doctor',
  summary: 'examine the whole installation, and say what to do about what is wrong',
  description:
    'Examines the CustomResourceDefinition, the Deployment and pods of the operator and its version, the Lease, the certificate and who trusts it, the webhook configurations, the rights of the operator, other GMSA webhooks, Windows nodes and pods, and each credential spec. It only reads; what you may not read is said, and the rest is examined all the same.',
  arguments: [],
  flags: DOCTOR_FLAGS,
  examples: [
    { does: 'Examine the installation', command: 'kubectl gmsa doctor' },
    {
      does: 'Take along what a support case needs',
      command: 'kubectl gmsa doctor --bundle gmsa.tar.gz',
    },
  ],
  verdicts: { ok: 'no errors', no: 'errors were found' },
  load: () => import('./doctor.ts'),
});
