// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same in each run with the same seed.

/** A source of choices. */
export interface Random {
  /** An integer from 0 to below `below`. */
  below(below: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** Whether something happens that does so in this share of all cases, 0 to 1. */
  chance(share: number): boolean;
}

/** Mulberry32, a generator of 32 bits of state: enough for tests, and reproducible everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error('there is nothing to choose from');
      return items[below(items.length)] as T;
    },
    chance: (share) => next() < share,
  };
}
