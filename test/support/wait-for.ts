// SPDX-License-Identifier: Apache-2.0
// Waiting for something to become true, the only way in which a test may wait.
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `probe` until it returns something other than `undefined` or `false`, and returns that.
 * @throws Error that tells `what` was waited for, and the probe's last error, after `timeoutMs`.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  { timeoutMs = 20_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  do {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`waited ${String(timeoutMs)} ms for ${what}`, { cause: problem });
}
