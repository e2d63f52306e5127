// SPDX-License-Identifier: Apache-2.0
// The single steps of a leader election on a Lease: try to acquire it, renew it, release it. Only
// `get`, `create` and `update` on the one Lease are needed: a PUT without resourceVersion creates,
// and only creates (and is authorized by name, which a POST is not).
import { classifyError, unlessMissing } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../wait/clock.ts';
import {
  decodeLease,
  type Lease,
  leaseBody,
  type LeaseClaim,
  leasePath,
  type LeaseReference,
  readLease,
} from './lease.ts';

/** What came of trying to get or keep the Lease. */
export type LockOutcome =
  /** It is ours; the request that made it so was sent at `sentMs` on the monotonic clock. */
  | { readonly type: 'held'; readonly sentMs: number }
  /** It is, or was just now, someone else's: theirs for another `freeInMs` if they do not renew it. */
  | { readonly type: 'taken'; readonly holder: string; readonly freeInMs: number }
  /** Someone wrote between our reading and our writing. */
  | { readonly type: 'conflict' };

/** One candidate's view of the Lease. Errors of the API server are thrown as they come. */
export interface LeaseLock {
  acquire(signal: AbortSignal): Promise<LockOutcome>;
  /** For the holder: writes at once, and reads only if that fails. */
  renew(signal: AbortSignal): Promise<LockOutcome>;
  /** Leaves the Lease with no holder, unless it is no longer ours. */
  release(signal: AbortSignal): Promise<void>;
}

/** See {@link createLeaseLock}. */
export interface LeaseLockOptions {
  readonly client: KubeClient;
  readonly lease: LeaseReference;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly fieldManager?: string | undefined;
  readonly clock: Clock;
}

/** A Lease of someone else's, and the moment by our clock since when we have seen it like this. */
interface Observation {
  readonly lease: Lease;
  readonly state: 'deleted' | 'present';
  readonly sinceMs: number;
}

/**
 * The longest time, in milliseconds, that a holder who does not renew is believed: whoever may write the Lease could
 * keep everybody from leading for years. The flags allow no longer lease duration.
 */
const MAX_BELIEVED_MS = 3_600_000;

/** A candidate's lock. */
export function createLeaseLock(options: LeaseLockOptions): LeaseLock {
  const { client, clock, identity, leaseDurationMs } = options;
  let ours: Lease | undefined;
  let observed: Observation | undefined;

  async function acquire(signal: AbortSignal): Promise<LockOutcome> {
    const lease = await unlessMissing(readLease(client, options.lease, signal));
    if (lease === undefined) return acquireDeleted(signal);
    if (lease.holderIdentity === '' || lease.holderIdentity === identity) {
      observed = undefined;
    } else {
      if (
        observed?.lease.resourceVersion !== lease.resourceVersion ||
        observed.state === 'deleted'
      ) {
        observed = { lease, state: 'present', sinceMs: clock.monotonicMs() };
      }
      const durationMs = Math.min(lease.durationMs ?? leaseDurationMs, MAX_BELIEVED_MS);
      const freeInMs = observed.sinceMs + durationMs - clock.monotonicMs();
      if (freeInMs > 0) return { type: 'taken', holder: lease.holderIdentity, freeInMs };
    }
    return hold(lease, signal);
  }

  /**
   * Whoever held the Lease before it was deleted may not know yet, so its time is waited out; not
   * longer than our own lease time, for deleting it is also how one gets rid of an absurd duration.
   */
  async function acquireDeleted(signal: AbortSignal): Promise<LockOutcome> {
    if (observed !== undefined) {
      if (observed.state === 'present') {
        observed = { ...observed, state: 'deleted', sinceMs: clock.monotonicMs() };
      }
      const { holderIdentity, durationMs = leaseDurationMs } = observed.lease;
      const freeInMs =
        observed.sinceMs + Math.min(durationMs, leaseDurationMs) - clock.monotonicMs();
      if (freeInMs > 0) return { type: 'taken', holder: holderIdentity, freeInMs };
    }
    return hold(undefined, signal);
  }

  async function renew(signal: AbortSignal): Promise<LockOutcome> {
    if (ours !== undefined) {
      const outcome = await hold(ours, signal);
      if (outcome.type === 'held') return outcome;
    }
    const lease = await unlessMissing(readLease(client, options.lease, signal));
    if (lease !== undefined && lease.holderIdentity !== identity) {
      // Whoever wrote it may lead already, or may have led: ours is over, even if it is free again.
      return { type: 'taken', holder: lease.holderIdentity, freeInMs: 0 };
    }
    return hold(lease, signal);
  }

  async function release(signal: AbortSignal): Promise<void> {
    const outcome = ours === undefined ? undefined : await write(ours, { type: 'release' }, signal);
    if (outcome !== 'conflict') return;
    const lease = await unlessMissing(readLease(client, options.lease, signal));
    if (lease?.holderIdentity === identity) await write(lease, { type: 'release' }, signal);
  }

  async function hold(lease: Lease | undefined, signal: AbortSignal): Promise<LockOutcome> {
    const sentMs = clock.monotonicMs();
    const claim: LeaseClaim = { type: 'hold', identity, durationMs: leaseDurationMs };
    const written = await write(lease, claim, signal);
    if (written === 'conflict') return { type: 'conflict' };
    ours = written;
    observed = undefined;
    return { type: 'held', sentMs };
  }

  async function write(
    lease: Lease | undefined,
    claim: LeaseClaim,
    signal: AbortSignal,
  ): Promise<Lease | 'conflict'> {
    try {
      const answer = await client.request<unknown>({
        method: 'PUT',
        path: leasePath(options.lease),
        query: { fieldManager: options.fieldManager },
        body: leaseBody(options.lease, lease, claim, clock.now()),
        signal,
      });
      return decodeLease(answer);
    } catch (error) {
      const kind = classifyError(error);
      // 404: the Lease that we meant to replace is gone. Without one, its namespace is.
      const gone = kind === 'not-found' && lease !== undefined;
      // 422 "must be specified for an update": the Lease that we meant to create exists by now.
      const created = kind === 'invalid' && lease === undefined && namesResourceVersion(error);
      if (gone || created || kind === 'conflict' || kind === 'already-exists') return 'conflict';
      throw error;
    }
  }

  return { acquire, renew, release };
}

function namesResourceVersion(error: unknown): boolean {
  return error instanceof Error && error.message.includes('metadata.resourceVersion');
}
