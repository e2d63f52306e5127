// SPDX-License-Identifier: Apache-2.0
// The flags of leader election, and what their times must be to each other.
import { booleanFlag, durationFlag } from './flag-kinds.ts';
import { FlagError, type FlagReader } from './flag.ts';

/** Whether and how a leader is elected. Durations in milliseconds. */
export interface ElectionOptions {
  readonly leaderElect: boolean;
  readonly leaderElectionLeaseDurationMs: number;
  readonly leaderElectionRenewDeadlineMs: number;
  readonly leaderElectionRetryPeriodMs: number;
}

/** client-go's: renewals come later than the retry period by up to a fifth of it. */
const JITTER_FACTOR = 1.2;

/** In the order of the help. */
export const ELECTION_FLAGS = {
  leaderElect: booleanFlag({
    name: 'leader-elect',
    description: 'reconcile only while holding the Lease; needed as soon as there are two replicas',
    default: 'true',
  }),
  leaseDuration: durationFlag({
    name: 'leader-election-lease-duration',
    description: 'how long the others leave a Lease alone that is not renewed',
    default: '15s',
    // The replicas believe no Lease for longer, and the confinement policy refuses it.
    range: ['1s', '1h'],
  }),
  renewDeadline: durationFlag({
    name: 'leader-election-renew-deadline',
    description:
      'how long the leader goes on without renewing its Lease; less than the lease duration',
    default: '10s',
    range: ['200ms', '24h'],
  }),
  retryPeriod: durationFlag({
    name: 'leader-election-retry-period',
    description: 'time between two attempts to get or renew the Lease',
    default: '2s',
    range: ['100ms', '24h'],
  }),
} as const;

/** @throws FlagError where a flag is wrong or the times do not allow for each other. */
export function readElectionOptions(read: FlagReader): ElectionOptions {
  const lease = read(ELECTION_FLAGS.leaseDuration);
  const deadline = read(ELECTION_FLAGS.renewDeadline);
  const retry = read(ELECTION_FLAGS.retryPeriod);
  // client-go's conditions: without them a leader could still write when the next one starts.
  if (deadline.value >= lease.value) {
    throw new FlagError(deadline, `it must be shorter than ${lease.source} (${lease.text})`);
  }
  if (deadline.value <= retry.value * JITTER_FACTOR) {
    throw new FlagError(
      deadline,
      `it must be longer than ${JITTER_FACTOR} times ${retry.source} (${retry.text})`,
    );
  }
  return {
    leaderElect: read(ELECTION_FLAGS.leaderElect).value,
    leaderElectionLeaseDurationMs: lease.value,
    leaderElectionRenewDeadlineMs: deadline.value,
    leaderElectionRetryPeriodMs: retry.value,
  };
}
