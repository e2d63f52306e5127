// SPDX-License-Identifier: Apache-2.0
// (d) Resident memory of an operator that has nothing to do.
import { setTimeout as delay } from 'node:timers/promises';
import { processMemory, type ProcessMemory } from './machine.ts';

/** Memory after a rest: `resident` is the most of the last ten seconds. */
export interface SettledMemory extends ProcessMemory {
  /** How long it took to come to rest. */
  readonly seconds: number;
  /** Whether it did; else it was still moving when the time was up. */
  readonly settled: boolean;
}

const SAMPLE_INTERVAL_MS = 1_000;
const WINDOW = 10;
const MOST_SAMPLES = 90;
/** Of a process that only renews a Lease. */
const TOLERANCE_MB = 1;

/**
 * Samples VmRSS until it has not changed for ten seconds, `leastSeconds` at least (V8 gives memory
 * back some seconds after the work has ended) and 90 s at most.
 */
export async function settledMemory(pid: number, leastSeconds: number): Promise<SettledMemory> {
  const samples: number[] = [];
  for (;;) {
    await delay(SAMPLE_INTERVAL_MS);
    const memory = await processMemory(pid);
    samples.push(memory.resident);
    const last = samples.slice(-WINDOW);
    const settled =
      samples.length >= Math.max(leastSeconds, WINDOW) &&
      Math.max(...last) - Math.min(...last) <= TOLERANCE_MB;
    if (settled || samples.length >= MOST_SAMPLES) {
      return {
        ...memory,
        resident: Math.max(...last),
        seconds: (samples.length * SAMPLE_INTERVAL_MS) / 1000,
        settled,
      };
    }
  }
}
