// SPDX-License-Identifier: Apache-2.0
// Whether somebody leads, by the Lease. Pure.
import type { Snapshot } from './snapshot.ts';

/** Of a Lease that does not say. */
const DEFAULT_DURATION_SECONDS = 15;

/** `silent`: its holder does not renew it; `free`: nobody holds it; `unknown`: it may not be read. */
export function leaseState({
  lease,
  now,
}: Pick<Snapshot, 'lease' | 'now'>): 'free' | 'held' | 'silent' | 'unknown' {
  if (lease.type === 'unreadable') return 'unknown';
  if (lease.type === 'absent') return 'free';
  const { holderIdentity = '', leaseDurationSeconds, renewTime = '' } = lease.value.spec ?? {};
  if (holderIdentity === '') return 'free';
  const seconds = (now.getTime() - Date.parse(renewTime)) / 1000;
  // Twice as long, for clocks that differ.
  const patience = 2 * (leaseDurationSeconds ?? DEFAULT_DURATION_SECONDS);
  return Number.isNaN(seconds) || seconds > patience ? 'silent' : 'held';
}
