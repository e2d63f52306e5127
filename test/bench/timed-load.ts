// SPDX-License-Identifier: Apache-2.0
// Work done over and over, so many at a time, for so long: how much was done, and how long each took.

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
 * Several loads, each for so long in all, in turns: forwards, then backwards, and so on. From one second to the next a
 * machine that is shared can be twice as fast; turns that are shorter meet the same of it. Their figures are in their
 * order.
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
    for (const { work, turns } of round % 2 === 0 ? arms : arms.toReversed()) {
      turns.push(await timedLoad({ concurrency, seconds: seconds / rounds, work }));
    }
  }
  return arms.map(({ turns }) => ({
    count: turns.reduce((sum, { count }) => sum + count, 0),
    seconds: turns.reduce((sum, turn) => sum + turn.seconds, 0),
    latenciesMs: turns.flatMap(({ latenciesMs }) => latenciesMs),
  }));
}
