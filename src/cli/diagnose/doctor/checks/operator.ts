// SPDX-License-Identifier: Apache-2.0
// Whether an operator leads, by its Lease. Pure.
import { printable } from '../../../../api/printable.ts';
import { type Finding, found, judged, ok } from '../finding.ts';
import type { LeaseObject, Snapshot } from '../snapshot.ts';

/** Of a Lease that does not say. */
const DEFAULT_DURATION_SECONDS = 15;

/** Judges it. */
export function checkOperator({ lease, namespace, now }: Snapshot): readonly Finding[] {
  return judged(lease, 'operator', `Leases in namespace ${namespace}`, {
    read: (value) => [checkLease(value, namespace, now)],
    absent: () => [
      found(
        'operator',
        'error',
        `no operator has ever led in namespace ${namespace}: there is no Lease gmsa-operator`,
        'no-operator',
        { namespace },
      ),
    ],
  });
}

function checkLease({ spec }: LeaseObject, namespace: string, now: Date): Finding {
  const { holderIdentity = '', leaseDurationSeconds, renewTime = '' } = spec ?? {};
  if (holderIdentity === '') {
    return found('operator', 'error', 'nobody holds the Lease gmsa-operator', 'lease-expired', {
      namespace,
    });
  }
  const seconds = (now.getTime() - Date.parse(renewTime)) / 1000;
  // Twice as long, for clocks that differ.
  const patience = 2 * (leaseDurationSeconds ?? DEFAULT_DURATION_SECONDS);
  const holder = printable(holderIdentity);
  return Number.isNaN(seconds) || seconds > patience
    ? found(
        'operator',
        'error',
        `the Lease gmsa-operator is of ${holder}, who has not renewed it since ${printable(renewTime)}`,
        'lease-expired',
        { namespace },
      )
    : ok('operator', `${holder} leads`);
}
