// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  createWorkQueue,
  type WorkQueue,
  type WorkQueueOptions,
  type WorkResult,
} from './work-queue.ts';

const DONE: WorkResult = { type: 'done' };
let queue: WorkQueue;

function start(options: Partial<WorkQueueOptions> & Pick<WorkQueueOptions, 'process'>): WorkQueue {
  queue = createWorkQueue({
    concurrency: 2,
    onError: () => undefined,
    errorBackoff: { baseMs: 1, maxMs: 4 },
    retryBackoff: { baseMs: 1, maxMs: 4 },
    ...options,
  });
  return queue;
}

/** A process function whose calls end when the test says so. */
function gate() {
  const calls: { key: string; failures: number; end: (result?: WorkResult) => void }[] = [];
  const process = (key: string, failures: number): Promise<WorkResult> =>
    new Promise((resolve) => {
      calls.push({
        key,
        failures,
        end: (result = DONE) => {
          resolve(result);
        },
      });
    });
  return { calls, process };
}

/** Lets what is due begin: a worker that finds the event loop busy first lets it turn once. */
const turn = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('the work queue', () => {
  afterEach(() => queue.stop());

  it('processes a key once however often it was added while it waited', async () => {
    const { calls, process } = gate();
    start({ process, concurrency: 1 });
    queue.add('first', 'high');
    await turn();
    for (let i = 0; i < 5; i++) queue.add('second', 'high');
    calls[0]?.end();
    await turn();
    calls[1]?.end();
    await queue.idle();
    expect(calls.map(({ key }) => key)).toEqual(['first', 'second']);
  });

  it('never processes a key twice at the same time, and again if it was added meanwhile', async () => {
    const { calls, process } = gate();
    start({ process });
    queue.add('a', 'high');
    await turn();
    queue.add('a', 'high');
    queue.add('a', 'low');
    await turn();
    expect(calls).toHaveLength(1);
    calls[0]?.end();
    await turn();
    expect(calls).toHaveLength(2);
    calls[1]?.end();
    await queue.idle();
    expect(calls).toHaveLength(2);
  });

  it('lets what somebody waits for overtake a resync, also a key that waits already', async () => {
    const { calls, process } = gate();
    start({ process, concurrency: 1 });
    for (const key of ['running', 'resync-1', 'resync-2', 'changed']) queue.add(key, 'low');
    queue.add('changed', 'high');
    for (let i = 0; i < 4; i++) {
      await turn();
      calls[i]?.end();
    }
    await queue.idle();
    expect(calls.map(({ key }) => key)).toEqual(['running', 'changed', 'resync-1', 'resync-2']);
  });

  it('retries a failing key until it succeeds, counting its failures, and starts from 0 after', async () => {
    const seen: number[] = [];
    const errors: unknown[] = [];
    const finished = Promise.withResolvers<undefined>();
    start({
      onError: (_, error, failures) => errors.push([error, failures]),
      process: (_, failures) => {
        seen.push(failures);
        if (failures === 0) return Promise.reject(new Error('boom'));
        if (failures === 1) return Promise.resolve({ type: 'retry' });
        finished.resolve(undefined);
        return Promise.resolve(DONE);
      },
    });
    queue.add('a', 'high');
    await finished.promise;
    await queue.idle();
    expect(seen).toEqual([0, 1, 2]);
    expect(errors).toEqual([[new Error('boom'), 1]]);
    queue.add('a', 'high');
    await turn();
    expect(seen[3]).toBe(0);
  });

  it('does a failing key at once when it is added, and drops the back-off it waited out', async () => {
    jest.useFakeTimers({
      doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick', 'performance'],
    });
    try {
      let calls = 0;
      start({
        retryBackoff: { baseMs: 1000, maxMs: 1000 },
        process: () => Promise.resolve(++calls === 1 ? { type: 'retry' } : DONE),
      });
      queue.add('a', 'high');
      await turn();
      queue.add('a', 'high');
      await turn();
      expect(calls).toBe(2);
      await jest.advanceTimersByTimeAsync(5000);
      expect(calls).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it.each<readonly [string, (queue: WorkQueue) => void, readonly number[]]>([
    [
      'once it is over',
      (added) => {
        added.addAfter('a', 1000);
      },
      [1000],
    ],
    [
      'at the earlier of two times',
      (added) => {
        added.addAfter('a', 2000);
        added.addAfter('a', 1000);
        added.addAfter('a', 3000);
      },
      [1000],
    ],
    [
      'at once, and not again, when it is added meanwhile',
      (added) => {
        added.addAfter('a', 1000);
        added.add('a', 'high');
      },
      [0],
    ],
  ])('processes a key that is added after a time %s', async (_, addTo, expected) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      const begun = performance.now();
      const times: number[] = [];
      addTo(
        start({
          process: () => {
            times.push(performance.now() - begun);
            return Promise.resolve(DONE);
          },
        }),
      );
      for (let second = 0; second < 5; second++) {
        await turn();
        await jest.advanceTimersByTimeAsync(1000);
      }
      await turn();
      expect(times).toEqual(expected);
    } finally {
      jest.useRealTimers();
    }
  });

  it('processes a key again when it asks for that, without counting failures', async () => {
    const finished = Promise.withResolvers<undefined>();
    const seen: number[] = [];
    start({
      process: (_, failures) => {
        seen.push(failures);
        if (seen.length === 2) return Promise.reject(new Error('boom'));
        if (seen.length < 4) return Promise.resolve({ type: 'again', inMs: 1 });
        finished.resolve(undefined);
        return Promise.resolve(DONE);
      },
    });
    queue.add('a', 'high');
    await finished.promise;
    expect(seen).toEqual([0, 0, 1, 0]);
  });

  it('waits for what is in work when it stops, and begins nothing new', async () => {
    const { calls, process } = gate();
    start({ process, concurrency: 1 });
    queue.add('a', 'high');
    queue.add('b', 'high');
    await turn();
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    calls[0]?.end({ type: 'retry' });
    await stopping;
    queue.add('c', 'high');
    await turn();
    expect(calls.map(({ key }) => key)).toEqual(['a']);
  });

  it('lets timers run between keys that never wait', async () => {
    let processed = 0;
    start({
      process: () => {
        processed++;
        const until = performance.now() + 2;
        while (performance.now() < until);
        return Promise.resolve(DONE);
      },
    });
    for (let i = 0; i < 100; i++) queue.add(`key-${String(i)}`, 'low');
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(processed).toBeLessThan(50);
    await queue.idle();
    expect(processed).toBe(100);
  });

  it('keeps at most as many keys in work as it has workers', async () => {
    let inWork = 0;
    let most = 0;
    start({
      concurrency: 3,
      process: async () => {
        most = Math.max(most, ++inWork);
        await turn();
        inWork--;
        return DONE;
      },
    });
    for (let i = 0; i < 50; i++) queue.add(`key-${String(i)}`, 'low');
    await queue.idle();
    expect(most).toBe(3);
  });
});
