// SPDX-License-Identifier: Apache-2.0
// What is to be looked into, as it is written: `POD`, `deployment/NAME`. Pure.
import { isDns1123Subdomain } from '../../../api/kubernetes-names.ts';
import { quoted } from '../../../api/printable.ts';
import type { Resource } from '../../../kube/client/resource.ts';
import { usageError } from '../../cli-error.ts';
import { fillIn } from '../../fill-in.ts';
import { DAEMON_SETS, DEPLOYMENTS, JOBS, PODS, REPLICA_SETS, STATEFUL_SETS } from '../resources.ts';

/** A pod, or what makes pods. */
export interface Target {
  readonly resource: Resource;
  readonly name: string;
}

const RESOURCES = [PODS, DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, JOBS];

/** kubectl's own. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  po: 'pods',
  deploy: 'deployments',
  sts: 'statefulsets',
  ds: 'daemonsets',
  rs: 'replicasets',
};

/** Reads it. @throws CliError */
export function parseTarget(written: string): Target {
  const [, kind = 'pod', name = ''] = /^(?:([^/]*)\/)?(.*)$/s.exec(written) ?? [];
  const wanted = kind.toLowerCase();
  const resource = RESOURCES.find(
    ({ kind: singular, plural }) =>
      [singular.toLowerCase(), plural].includes(wanted) || SHORT_NAMES[wanted] === plural,
  );
  if (resource === undefined) {
    throw usageError(
      `${quoted(kind)} is nothing that can be looked into: it makes no pods`,
      `write POD, or one of ${RESOURCES.map((each) => each.kind.toLowerCase()).join('/, ')}/ and a name`,
    );
  }
  if (!isDns1123Subdomain(name)) {
    throw usageError(
      `${quoted(name)} is not the name of a ${resource.kind.toLowerCase()}`,
      fillIn('kubectl get <resource> lists those that there are; --namespace chooses where', {
        resource: resource.plural,
      }),
    );
  }
  return { resource, name };
}
