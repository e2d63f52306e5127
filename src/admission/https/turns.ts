// SPDX-License-Identifier: Apache-2.0
// Turns of the event loop. Node handles all sockets that are ready in one turn; a hundred large reviews at once would
// keep timers, and with them the renewal of the Lease, waiting for seconds.

/** Lets one piece of work run in each turn of the event loop. */
export interface Turns {
  /** Resolves in a later turn, in which it resolves for no other caller. */
  next(): Promise<void>;
}

/** Turns, starting with the next one. */
export function createTurns(): Turns {
  let last = Promise.resolve();
  return {
    next: () => (last = last.then(() => new Promise((resolve) => setImmediate(resolve)))),
  };
}
