// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createSemaphore, type Semaphore, type SemaphoreLimits } from './semaphore.ts';

/** Acquires by name; `results` has what came of it so far, in order. */
function acquirer(semaphore: Semaphore) {
  const results: string[] = [];
  return {
    results,
    acquire: async (name: string, { bytes = 1, signal = new AbortController().signal } = {}) => {
      const acquired = semaphore.acquire(bytes, signal);
      void acquired.then((permit) => results.push(`${name} ${permit ? 'acquired' : 'refused'}`));
      await Promise.resolve();
    },
    release: async (bytes = 1) => {
      semaphore.release(bytes);
      await new Promise(setImmediate);
    },
  };
}

function create(limits: Partial<SemaphoreLimits>): Semaphore {
  return createSemaphore({ permits: 10, maxBytes: 100, maxWaiting: 10, ...limits });
}

describe('createSemaphore', () => {
  it('starts as many as there are permits, the rest in the order they came', async () => {
    const { results, acquire, release } = acquirer(create({ permits: 2, maxWaiting: 10 }));
    for (const name of ['a', 'b', 'c', 'd']) await acquire(name);
    expect(results).toEqual(['a acquired', 'b acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'b acquired', 'c acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'b acquired', 'c acquired', 'd acquired']);
  });

  it('has a permit for the next one where nobody waited', async () => {
    const { results, acquire, release } = acquirer(create({ permits: 1, maxWaiting: 0 }));
    await acquire('a');
    await release();
    await acquire('b');
    expect(results).toEqual(['a acquired', 'b acquired']);
  });

  it('lets no more wait than it says', async () => {
    const { results, acquire, release } = acquirer(create({ permits: 1, maxWaiting: 1 }));
    for (const name of ['a', 'b', 'c']) await acquire(name);
    expect(results).toEqual(['a acquired', 'c refused']);
    await release();
    await release();
    expect(results).toEqual(['a acquired', 'c refused', 'b acquired']);
  });

  it('passes over one that no longer waits', async () => {
    const { results, acquire, release } = acquirer(create({ permits: 1, maxWaiting: 2 }));
    const tired = new AbortController();
    await acquire('a');
    await acquire('tired', { signal: tired.signal });
    await acquire('c');
    tired.abort();
    await release();
    expect(results).toEqual(['a acquired', 'tired refused', 'c acquired']);
  });

  it('keeps the permit of one whose signal aborts after it was granted', async () => {
    const { results, acquire, release } = acquirer(create({ permits: 1, maxWaiting: 2 }));
    const late = new AbortController();
    await acquire('a');
    await acquire('late', { signal: late.signal });
    await release();
    late.abort();
    await acquire('c');
    expect(results).toEqual(['a acquired', 'late acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'late acquired', 'c acquired']);
  });

  it('bounds the bytes of all that is in work', async () => {
    const { results, acquire, release } = acquirer(create({ maxBytes: 100 }));
    await acquire('a', { bytes: 60 });
    await acquire('b', { bytes: 60 });
    expect(results).toEqual(['a acquired']);
    await release(60);
    expect(results).toEqual(['a acquired', 'b acquired']);
  });

  it('lets small ones pass one that is too large for the moment', async () => {
    const { results, acquire, release } = acquirer(create({ maxBytes: 100, permits: 3 }));
    await acquire('a', { bytes: 60 });
    await acquire('large', { bytes: 80 });
    await acquire('small', { bytes: 10 });
    expect(results).toEqual(['a acquired', 'small acquired']);
    await release(60);
    expect(results).toEqual(['a acquired', 'small acquired', 'large acquired']);
  });

  it('starts one that needs more than there is when nothing else is in work', async () => {
    const { results, acquire, release } = acquirer(create({ maxBytes: 100 }));
    await acquire('a');
    await acquire('huge', { bytes: 1_000 });
    expect(results).toEqual(['a acquired']);
    await release();
    expect(results).toEqual(['a acquired', 'huge acquired']);
    await release(1_000);
    await acquire('b', { bytes: 100 });
    expect(results).toEqual(['a acquired', 'huge acquired', 'b acquired']);
  });
});
