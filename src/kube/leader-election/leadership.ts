// SPDX-License-Identifier: Apache-2.0
// Leadership as code sees it that may act only while it is held: a signal, a check against the monotonic clock
// for the moment in which a stopped process wakes before its timers do, and a client that writes only then.
import type { ApiRequest, KubeClient } from '../client/client.ts';
import { withLinkedSignal } from '../wait/abort.ts';
import type { Clock } from '../wait/clock.ts';

/** The right to write, for as long as it lasts. */
export interface Leadership {
  /** Aborted, with a {@link LeadershipLostError}, when leadership ends for whatever reason. */
  readonly signal: AbortSignal;
  /** @throws LeadershipLostError once leadership has ended, even if no timer has told so yet. */
  assertHeld(): void;
}

/** Thrown in place of a write; its name makes `classifyError` call it `aborted`. */
export class LeadershipLostError extends Error {
  override readonly name = 'AbortError';
}

/** Leadership without an election (`--leader-elect=false`): held until `signal` is aborted. */
export function alwaysLeader(signal: AbortSignal): Leadership {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort(new LeadershipLostError('leadership has ended: this process is stopping'));
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    assertHeld() {
      // Not left to the listener alone: it may run after one that writes.
      if (signal.aborted) end();
      controller.signal.throwIfAborted();
    },
  };
}

/** One unbroken time as the leader. */
export interface Term {
  readonly leadership: Leadership;
  /** Moves the deadline; `sentMs` is when the request that renewed the Lease was sent. */
  renewed(sentMs: number): void;
  end(reason: string): void;
}

/**
 * Starts a term that ends by itself `renewDeadlineMs` after the last renewal was sent, by the local
 * monotonic clock. Sent, not answered: the others' clocks may start as soon as the server has it.
 */
export function startTerm({
  clock,
  renewDeadlineMs,
  sentMs,
}: {
  readonly clock: Clock;
  readonly renewDeadlineMs: number;
  readonly sentMs: number;
}): Term {
  const controller = new AbortController();
  const { signal } = controller;
  let deadline = sentMs + renewDeadlineMs;

  function end(reason: string): void {
    if (!signal.aborted) controller.abort(new LeadershipLostError(`leadership lost: ${reason}`));
  }

  function endIfOverdue(): void {
    if (clock.monotonicMs() >= deadline) {
      end(`the Lease was not renewed within ${renewDeadlineMs / 1000} s`);
    }
  }

  async function watchDeadline(): Promise<void> {
    endIfOverdue();
    while (!signal.aborted) {
      await clock.sleep(deadline - clock.monotonicMs(), signal).catch(() => undefined);
      endIfOverdue();
    }
  }

  void watchDeadline();
  return {
    leadership: {
      signal,
      assertHeld() {
        endIfOverdue();
        signal.throwIfAborted();
      },
    },
    renewed(renewalSentMs) {
      // A renewal that is answered after the deadline revives nothing: others may lead by now.
      endIfOverdue();
      deadline = Math.max(deadline, renewalSentMs + renewDeadlineMs);
    },
    end,
  };
}

/**
 * The client for the leader's work: every request but a GET first asserts that leadership is held,
 * and each is aborted when it ends: the work must not wait for an answer that nobody needs. A write that had left by then may still arrive at the server; what it
 * meets there is the resourceVersion it was compared with.
 * @throws LeadershipLostError from `request`, in place of sending a write.
 */
export function fencedClient(client: KubeClient, leadership: Leadership): KubeClient {
  return {
    ...client,
    async request<T>(request: ApiRequest): Promise<T> {
      if (request.method !== 'GET') leadership.assertHeld();
      if (request.signal === undefined) {
        return client.request<T>({ ...request, signal: leadership.signal });
      }
      return withLinkedSignal([leadership.signal, request.signal], (signal) =>
        client.request<T>({ ...request, signal }),
      );
    },
  };
}
