// SPDX-License-Identifier: Apache-2.0
// Waiting that can be cut short.
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves after `ms` milliseconds.
 * @throws AbortError as soon as `signal` is aborted.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}
