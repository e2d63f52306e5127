// SPDX-License-Identifier: Apache-2.0
// What an administrator reads when a leader election does not come about.
import { classifyError, errorMessage } from '../client/api-error.ts';
import type { Clock } from '../wait/clock.ts';
import type { LeaseReference } from './lease.ts';
import type { Logger } from '../logger.ts';

/** Logs a failure when it is new, then once a minute, and when it is over. */
export interface LeaseFailureLog {
  report(message: string, error: unknown): void;
  overcome(): void;
}

const REPEAT_AFTER_MS = 60_000;

/** A log of failures to read or write the Lease. */
export function createLeaseFailureLog({
  lease,
  log,
  clock,
}: {
  readonly lease: LeaseReference;
  readonly log: Logger;
  readonly clock: Clock;
}): LeaseFailureLog {
  let last: { readonly text: string; readonly atMs: number } | undefined;
  return {
    report(message, error) {
      const text = `${message}: ${errorMessage(error)}`;
      const now = clock.monotonicMs();
      if (last?.text === text && now - last.atMs < REPEAT_AFTER_MS) return;
      last = { text, atMs: now };
      const whatToDo = hint(error, lease);
      log.error(message, { error, ...(whatToDo === undefined ? {} : { hint: whatToDo }) });
    },
    overcome() {
      if (last !== undefined) log.info('The Lease can be read and written again');
      last = undefined;
    },
  };
}

function hint(error: unknown, { namespace, name }: LeaseReference): string | undefined {
  switch (classifyError(error)) {
    case 'forbidden':
      return `grant the operator's service account get, create and update on leases.coordination.k8s.io named "${name}" in the namespace "${namespace}"`;
    case 'not-found':
      return `does the namespace "${namespace}" exist?`;
    case 'terminating':
      return `the namespace "${namespace}" is being deleted`;
    case 'unauthorized':
      return 'the API server does not accept our credentials';
    case 'aborted':
    case 'already-exists':
    case 'conflict':
    case 'expired':
    case 'invalid':
    case 'retry':
      return undefined;
  }
}
