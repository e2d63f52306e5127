// SPDX-License-Identifier: Apache-2.0
// An API server that knows nothing but one Lease, for tests: optimistic concurrency as the real one
// does it, and every kind of trouble on demand.
import { ApiError } from '../../client/api-error.ts';
import type { ApiRequest, KubeClient } from '../../client/client.ts';
import type { Clock } from '../../wait/clock.ts';

/** The spec of a Lease. */
export type LeaseSpec = Readonly<Record<string, unknown>>;

/** The server behind one or more clients. */
export interface FakeLeaseServer {
  /** A client whose requests take `latencyMs` there and again back. */
  client(options: { readonly clock: Clock; readonly latencyMs?: number }): KubeClient;
  spec(): LeaseSpec | undefined;
  /** Every request that arrived, as `GET` or `PUT <holder>`. */
  readonly arrived: string[];
  /** Like kubectl: sets, replaces or deletes the Lease. */
  set(spec: LeaseSpec): void;
  delete(): void;
  /** From now on every request fails so, before or after it takes effect; undefined: no more. */
  fail(trouble: Trouble | undefined): void;
}

/** What is wrong with the server or with the way there. */
export type Trouble =
  | { readonly type: 'status'; readonly code: number }
  | { readonly type: 'unreachable' }
  | { readonly type: 'hanging' }
  /** Requests take effect, but their answers are lost. */
  | { readonly type: 'answers-lost' };

interface StoredLease {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly resourceVersion: string };
  readonly spec: LeaseSpec;
}

/** A server without a Lease. */
export function createFakeLeaseServer(): FakeLeaseServer {
  let stored: StoredLease | undefined;
  let revision = 100;
  let trouble: Trouble | undefined;
  const arrived: string[] = [];

  function store(metadata: Readonly<Record<string, unknown>>, spec: LeaseSpec): StoredLease {
    revision += 1;
    stored = { metadata: { ...metadata, resourceVersion: String(revision) }, spec };
    return stored;
  }

  function handle({ method, body }: ApiRequest): StoredLease {
    if (method === 'GET') {
      if (stored === undefined) throw status(404, 'NotFound');
      return stored;
    }
    const lease = body as StoredLease;
    const given = (lease.metadata as { resourceVersion?: string }).resourceVersion;
    if (stored !== undefined && given === undefined) {
      throw status(422, 'metadata.resourceVersion: must be specified for an update');
    }
    if (given !== stored?.metadata.resourceVersion) throw status(409, 'Conflict');
    return store(lease.metadata, JSON.parse(JSON.stringify(lease.spec)) as LeaseSpec);
  }

  function client({
    clock,
    latencyMs = 5,
  }: {
    readonly clock: Clock;
    readonly latencyMs?: number;
  }): KubeClient {
    return {
      async request<T>(request: ApiRequest): Promise<T> {
        await clock.sleep(latencyMs, request.signal);
        if (trouble?.type === 'status') throw status(trouble.code, 'Trouble');
        if (trouble?.type === 'unreachable') throw new Error('connect ECONNREFUSED');
        if (trouble?.type === 'hanging') await clock.sleep(2 ** 40, request.signal);
        const holder = (request.body as StoredLease | undefined)?.spec['holderIdentity'];
        arrived.push(request.method === 'GET' ? 'GET' : `PUT ${String(holder)}`);
        const answer = handle(request);
        if (trouble?.type === 'answers-lost') await clock.sleep(2 ** 40, request.signal);
        await clock.sleep(latencyMs, request.signal);
        return answer as T;
      },
      watch() {
        throw new Error('a leader election does not watch');
      },
      close: () => undefined,
    };
  }

  return {
    client,
    spec: () => stored?.spec,
    arrived,
    set(spec) {
      store(stored?.metadata ?? { name: 'operator', namespace: 'system' }, spec);
    },
    delete() {
      stored = undefined;
    },
    fail(next) {
      trouble = next;
    },
  };
}

function status(code: number, reason: string): ApiError {
  return new ApiError('a request', code, { reason, message: reason });
}
