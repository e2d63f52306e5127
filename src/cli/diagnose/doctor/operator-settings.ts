// SPDX-License-Identifier: Apache-2.0
// With which settings the operator runs, as its Deployment says. Pure.
import { environmentVariable } from '../../../flags/flag.ts';
import { valueOr } from '../reading.ts';
import {
  mainContainer,
  type OperatorContainer,
  type OperatorWorkload,
} from './operator-workload.ts';
import { SERVING_SECRET } from './permissions.ts';

/** What the checks depend on. */
export interface OperatorSettings {
  readonly serviceAccount: string;
  /** The Secret with the webhooks' certificate. */
  readonly certSecret: string;
  /** Whether it serves admission; undefined where no Deployment says. */
  readonly admission: boolean | undefined;
  /** Whether it issues the certificate itself; undefined where no Deployment says. */
  readonly issuesCertificates: boolean | undefined;
}

/** What was asked for on the command line goes first, then what runs, then what is usual. */
export function operatorSettings(
  { deployments, pods }: Pick<OperatorWorkload, 'deployments' | 'pods'>,
  asked: {
    readonly serviceAccount?: string | undefined;
    readonly certSecret?: string | undefined;
  } = {},
): OperatorSettings {
  const template = valueOr(deployments, [])[0]?.spec.template;
  const container = mainContainer(template?.spec.containers ?? [], template?.metadata?.annotations);
  const flag = (name: string): string | undefined => container && flagValue(container, name);
  const [pod] = valueOr(pods, []);
  return {
    serviceAccount:
      asked.serviceAccount ??
      template?.spec.serviceAccountName ??
      pod?.spec.serviceAccountName ??
      'gmsa-operator',
    certSecret: asked.certSecret ?? flag('cert-secret') ?? SERVING_SECRET,
    admission: container && flag('admission') !== 'false',
    issuesCertificates: container && flag('cert-mode') !== 'external',
  };
}

/** As the operator takes it: the last flag wins, and a flag over the environment. */
function flagValue({ args = [], env = [] }: OperatorContainer, name: string): string | undefined {
  const given = args.flatMap((arg, i) => {
    if (arg.startsWith(`--${name}=`)) return [arg.slice(name.length + 3)];
    return arg === `--${name}` ? [args[i + 1] ?? ''] : [];
  });
  const variable = environmentVariable({ name });
  return given.at(-1) ?? env.findLast((each) => each.name === variable)?.value;
}
