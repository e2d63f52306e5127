// SPDX-License-Identifier: Apache-2.0
// The operator: whether it is installed and runs, of which version, and whether one leads. Pure.
import { printable } from '../../../../api/printable.ts';
import { valueOr } from '../../reading.ts';
import { found, judged, type Judgement, ok } from '../finding.ts';
import { leaseState } from '../lease-state.ts';
import { operatorImages, parseVersion } from '../operator-workload.ts';
import type { LeaseObject, Snapshot } from '../snapshot.ts';
import { checkWorkload } from './workload.ts';

/** Judges it. */
export function checkOperator(snapshot: Snapshot): readonly Judgement[] {
  const { lease, namespace } = snapshot;
  return [
    ...checkWorkload(snapshot),
    ...checkVersion(snapshot),
    ...judged(lease, `Leases in namespace ${namespace}`, (value) => [checkLease(value, snapshot)], [
      found(
        'error',
        `no operator has ever led in namespace ${namespace}: there is no Lease gmsa-operator`,
        'no-operator',
        { namespace },
      ),
    ]),
  ];
}

/** Whether the plugin is of about the same version; nothing where no operator runs as a Deployment. */
function checkVersion({ workload, plugin }: Snapshot): readonly Judgement[] {
  const images = operatorImages(workload);
  const versions = [...new Set(images.flatMap(({ version }) => version ?? []))].sort();
  const unknown = images.filter(({ version }) => version === undefined);
  return [
    ...versions.map((version) =>
      areApart(version, plugin)
        ? found(
            'warning',
            `the operator is of version ${printable(version)}, and this plugin of ${plugin}: more than one minor version apart`,
            'version-skew',
            { version },
          )
        : ok(`version ${printable(version)}; this plugin is ${plugin}`),
    ),
    ...unknown.map(({ image }) =>
      found(
        'note',
        `which version image ${printable(image)} is cannot be told; this plugin is ${plugin}`,
        'version-unknown',
      ),
    ),
  ];
}

/** Whether one may not know what the other does. */
function areApart(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  if (a === undefined || b === undefined) return false;
  return a.major !== b.major || Math.abs(a.minor - b.minor) > 1;
}

/**
 * Whether the holder is none of the operator's pods, whose identities begin with their host names. Unknown, and so
 * false, where no pods are found: an operator may run outside of the cluster.
 */
function isHeldByStranger(holder: string, { workload }: Snapshot): boolean {
  const pods = valueOr(workload.pods, []).filter(({ status }) => status?.phase === 'Running');
  return (
    pods.length > 0 &&
    !pods.some(({ metadata, spec }) =>
      [spec.hostname, metadata.name, spec.nodeName].some(
        (host) => host !== undefined && holder.startsWith(`${host}_`),
      ),
    )
  );
}

function checkLease({ spec }: LeaseObject, snapshot: Snapshot): Judgement {
  const { holderIdentity = '', renewTime = '' } = spec ?? {};
  const { namespace } = snapshot;
  const holder = printable(holderIdentity);
  if (leaseState(snapshot) === 'held') {
    return isHeldByStranger(holderIdentity, snapshot)
      ? found(
          'error',
          `the Lease gmsa-operator is held by ${holder}, which is not a running pod of the operator: no replica leads`,
          'lease-foreign',
          { namespace },
        )
      : ok(`${holder} leads`);
  }
  return found(
    'error',
    holder === ''
      ? 'nobody holds the Lease gmsa-operator'
      : `the Lease gmsa-operator is of ${holder}, who has not renewed it since ${printable(renewTime)}`,
    'lease-expired',
    { namespace },
  );
}
