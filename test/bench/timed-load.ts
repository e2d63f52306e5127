// SPDX-License-Identifier: Apache-2.0
// Work done over and over, so many at a time, for so long: how much was done, and how long each took.
import { randomInt } from 'node:crypto';

/** What came of a load. */
export interface TimedLoad {
  readonly count: number;
  /** From the first beginning to the last end. */
  readonly seconds: number;
  /** Of each, in the order of their ends. */
  readonly latenciesMs: readonly number[];
}

/**
 * Calls `work`, `concurrency` at a time, until `seconds` are over, and waits for those under way. Rejects
 * with the first failure: a figure of requests that failed says nothing.
 */
export async function timedLoad({
  concurrency,
  seconds,
  work,
}: {
  readonly concurrency: number;
  readonly seconds: number;
  readonly work: () => Promise<unknown>;
}): Promise<TimedLoad> {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  let failed = false;

  async function workOnAndOn(): Promise<void> {
    for (let began = started; began < deadline && !failed;) {
      await work();
      const ended = performance.now();
      latenciesMs.push(ended - began);
      began = ended;
    }
  }

  await Promise.all(
    Array.from({ length: concurrency }, () =>
      workOnAndOn().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  return { count: latenciesMs.length, seconds: (performance.now() - started) / 1000, latenciesMs };
}

/**
 * Several loads, each for so long in all, in turns. From one second to the next a machine that is shared can be twice
 * as fast; turns that are shorter meet the same of it. Each round has an order of its own, by chance: what comes at
 * regular times, as an API server's collections of garbage may, would in a regular order meet the same load each time.
 * The figures are in the order of the loads.
 */
export async function loadsInTurns({
  works,
  concurrency,
  seconds,
  turnSeconds,
}: {
  readonly works: readonly (() => Promise<unknown>)[];
  readonly concurrency: number;
  readonly seconds: number;
  readonly turnSeconds: number;
}): Promise<readonly TimedLoad[]> {
  const arms = works.map((work) => ({ work, turns: [] as TimedLoad[] }));
  const rounds = Math.max(1, Math.round(seconds / turnSeconds));
  for (let round = 0; round < rounds; round++) {
    for (const { work, turns } of shuffled(arms)) {
      turns.push(await timedLoad({ concurrency, seconds: seconds / rounds, work }));
    }
  }
  return arms.map(({ turns }) => ({
    count: turns.reduce((sum, { count }) => sum + count, 0),
    seconds: turns.reduce((sum, turn) => sum + turn.seconds, 0),
    latenciesMs: turns.flatMap(({ latenciesMs }) => latenciesMs),
  }));
}

/** Fisher and Yates's, each order as likely as any other. */
function shuffled<T>(values: readonly T[]): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(randomInt(left.length), 1));
}
