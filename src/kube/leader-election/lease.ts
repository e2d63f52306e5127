// SPDX-License-Identifier: Apache-2.0
// The Lease object of a leader election: read, understood and written, whatever someone put in it.
import type { KubeClient } from '../client/client.ts';
import { microTime } from '../wait/clock.ts';
import { type Resource, resourcePath } from '../client/resource.ts';

/** Where the Lease is. */
export interface LeaseReference {
  readonly namespace: string;
  readonly name: string;
}

/** A Lease as the API server holds it, reduced to what decisions are made on. */
export interface Lease {
  readonly resourceVersion: string;
  /** Empty where nobody holds it. */
  readonly holderIdentity: string;
  /** What the holder asked for; undefined where it says nothing usable. */
  readonly durationMs: number | undefined;
  readonly acquireTime: string | undefined;
  readonly transitions: number;
  /** All of it, to be written back with what others put there. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** What a Lease is to say: who holds it for how long, or that nobody does. */
export type LeaseClaim =
  | { readonly type: 'hold'; readonly identity: string; readonly durationMs: number }
  | { readonly type: 'release' };

const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

const MAX_INT32 = 2 ** 31 - 1;

/** The path of a Lease, for GET and PUT. */
export function leasePath(reference: LeaseReference): string {
  return resourcePath(LEASES, reference);
}

/**
 * Understands a Lease. Everything in its spec is optional, and anyone may have edited it.
 * @throws Error where it is not even an API object.
 */
export function decodeLease(raw: unknown): Lease {
  const object = record(raw);
  const spec = record(object['spec']);
  const { resourceVersion } = record(object['metadata']);
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new Error('the API server answered with something that is not a Lease');
  }
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = spec;
  return {
    resourceVersion,
    holderIdentity: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: isPositive(leaseDurationSeconds) ? leaseDurationSeconds * 1000 : undefined,
    acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
    transitions: isPositive(leaseTransitions) ? leaseTransitions : 0,
    object,
  };
}

/**
 * The body of the PUT that makes `claim` true. With the `resourceVersion` of `current` it replaces
 * that one and nothing newer; without `current` it has none, and creates or fails.
 * Times and counters are kept as client-go keeps them: `acquireTime` and `leaseTransitions` change
 * with the holder only.
 */
export function leaseBody(
  reference: LeaseReference,
  current: Lease | undefined,
  claim: LeaseClaim,
  now: Date,
): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: LEASES.kind,
    metadata:
      current === undefined
        ? { ...reference }
        : // managedFields are the server's to keep.
          { ...record(current.object['metadata']), managedFields: undefined },
    spec: { ...record(current?.object['spec']), ...claimedFields(current, claim, microTime(now)) },
  };
}

function claimedFields(current: Lease | undefined, claim: LeaseClaim, now: string): object {
  if (claim.type === 'release') {
    return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
  }
  const held = {
    holderIdentity: claim.identity,
    // Whole seconds; rounded up, so that others never wait for less than we asked for.
    leaseDurationSeconds: Math.max(1, Math.ceil(claim.durationMs / 1000)),
    renewTime: now,
  };
  if (current === undefined) return { ...held, acquireTime: now, leaseTransitions: 0 };
  const { holderIdentity, acquireTime = now, transitions } = current;
  return holderIdentity === claim.identity
    ? { ...held, acquireTime, leaseTransitions: transitions }
    : { ...held, acquireTime: now, leaseTransitions: Math.min(transitions + 1, MAX_INT32) };
}

/** GET of the Lease. @throws ApiError as the client does; 404 where there is none. */
export async function readLease(
  client: KubeClient,
  reference: LeaseReference,
  signal: AbortSignal,
): Promise<Lease> {
  return decodeLease(
    await client.request<unknown>({ method: 'GET', path: leasePath(reference), signal }),
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
