// SPDX-License-Identifier: Apache-2.0
// The operator: whether it is installed and runs, of which version, and whether one leads. Pure.
import { printable } from '../../../../api/printable.ts';
import { type Judgement, found, judged, ok } from '../finding.ts';
import { leaseState } from '../lease-state.ts';
import type { LeaseObject, Snapshot } from '../snapshot.ts';
import { checkVersion } from './version.ts';
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

function checkLease({ spec }: LeaseObject, snapshot: Snapshot): Judgement {
  const { holderIdentity = '', renewTime = '' } = spec ?? {};
  const { namespace } = snapshot;
  const holder = printable(holderIdentity);
  if (leaseState(snapshot) === 'held') return ok(`${holder} leads`);
  return found(
    'error',
    holder === ''
      ? 'nobody holds the Lease gmsa-operator'
      : `the Lease gmsa-operator is of ${holder}, who has not renewed it since ${printable(renewTime)}`,
    'lease-expired',
    { namespace },
  );
}
