// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createSemaphore, type Semaphore } from './semaphore.ts';

/** Acquires by name; `results` has what came of it so far, in order. */
function acquirer(semaphore: Semaphore) {
  const results: string[] = [];
  return {
    results,
    acquire: async (name: string, signal = new AbortController().signal) => {
      const acquired = semaphore.acquire(signal);
      void acquired.then((permit) => results.push(`${name} ${permit ? 'acquired' : 'refused'}`));
      await Promise.resolve();
    },
    release: async () => {
      semaphore.release();
      await new Promise(setImmediate);
    },
  };
}

describe('createSemaphore', () => {
  it('starts as many as there are permits, the rest in the order they came', async () => {
    const { results, acquire, release } = acquirer(createSemaphore(2, 10));
    for (const name of ['a', 'b', 'c', 'd']) await acquire(name);
    expect(results).toEqual(['a acquired', 'b acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'b acquired', 'c acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'b acquired', 'c acquired', 'd acquired']);
  });

  it('has a permit for the next one where nobody waited', async () => {
    const { results, acquire, release } = acquirer(createSemaphore(1, 0));
    await acquire('a');
    await release();
    await acquire('b');
    expect(results).toEqual(['a acquired', 'b acquired']);
  });

  it('lets no more wait than it says', async () => {
    const { results, acquire, release } = acquirer(createSemaphore(1, 1));
    for (const name of ['a', 'b', 'c']) await acquire(name);
    expect(results).toEqual(['a acquired', 'c refused']);
    await release();
    await release();
    expect(results).toEqual(['a acquired', 'c refused', 'b acquired']);
  });

  it('passes over one that no longer waits', async () => {
    const { results, acquire, release } = acquirer(createSemaphore(1, 2));
    const tired = new AbortController();
    await acquire('a');
    await acquire('tired', tired.signal);
    await acquire('c');
    tired.abort();
    await release();
    expect(results).toEqual(['a acquired', 'tired refused', 'c acquired']);
  });

  it('keeps the permit of one whose signal aborts after it was granted', async () => {
    const { results, acquire, release } = acquirer(createSemaphore(1, 2));
    const late = new AbortController();
    await acquire('a');
    await acquire('late', late.signal);
    await release();
    late.abort();
    await acquire('c');
    expect(results).toEqual(['a acquired', 'late acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'late acquired', 'c acquired']);
  });
});
