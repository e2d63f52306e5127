// SPDX-License-Identifier: Apache-2.0
// Many things, so many at a time.

/** Calls `work` for each item, `concurrency` at a time, in order. Rejects with the first failure. */
export async function concurrently<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      // One iterator for all workers: each takes the next item that nobody has taken.
      for (const item of waiting) await work(item);
    }),
  );
}
