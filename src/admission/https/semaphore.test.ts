// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createSemaphore } from './semaphore.ts';

function starters() {
  const started: string[] = [];
  return { started, starter: (name: string) => () => void started.push(name) };
}

describe('createSemaphore', () => {
  it('starts as many as there are permits, the rest in the order they came', () => {
    const semaphore = createSemaphore(2, 10);
    const { started, starter } = starters();
    expect(['a', 'b', 'c', 'd'].map((name) => semaphore.acquire(starter(name)))).toEqual([
      'acquired',
      'acquired',
      'waiting',
      'waiting',
    ]);
    expect(started).toEqual(['a', 'b']);
    semaphore.release();
    expect(started).toEqual(['a', 'b', 'c']);
    semaphore.release();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has a permit for the next one where nobody waited', () => {
    const semaphore = createSemaphore(1, 0);
    const { started, starter } = starters();
    semaphore.acquire(starter('a'));
    semaphore.release();
    expect(semaphore.acquire(starter('b'))).toBe('acquired');
    expect(started).toEqual(['a', 'b']);
  });

  it('lets no more wait than it says', () => {
    const semaphore = createSemaphore(1, 1);
    const { started, starter } = starters();
    semaphore.acquire(starter('a'));
    semaphore.acquire(starter('b'));
    expect(semaphore.acquire(starter('c'))).toBe('full');
    semaphore.release();
    semaphore.release();
    expect(started).toEqual(['a', 'b']);
  });

  it('passes over one that no longer waits', () => {
    const semaphore = createSemaphore(1, 2);
    const { started, starter } = starters();
    const tired = starter('tired');
    semaphore.acquire(starter('a'));
    semaphore.acquire(tired);
    semaphore.acquire(starter('c'));
    semaphore.cancel(tired);
    semaphore.release();
    expect(started).toEqual(['a', 'c']);
  });
});
