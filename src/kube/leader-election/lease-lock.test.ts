// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../wait/clock.ts';
import { createLeaseLock, type LeaseLock } from './lease-lock.ts';
import { createFakeLeaseServer } from './testing/fake-lease-server.ts';

const { signal } = new AbortController();

function setUp() {
  let nowMs = 0;
  const server = createFakeLeaseServer();
  const client = server.client({ clock: { ...systemClock, sleep: () => Promise.resolve() } });
  const lock = (identity: string): LeaseLock =>
    createLeaseLock({
      client,
      lease: { namespace: 'system', name: 'operator' },
      identity,
      leaseDurationMs: 15_000,
      clock: { ...systemClock, monotonicMs: () => nowMs },
    });
  return {
    server,
    lock,
    setTime: (ms: number) => {
      nowMs = ms;
    },
  };
}

describe('createLeaseLock', () => {
  it('waits the whole time from when it saw that a foreign Lease is gone', async () => {
    const { server, lock, setTime } = setUp();
    const candidate = lock('b');
    server.set({ holderIdentity: 'a', leaseDurationSeconds: 15 });
    await candidate.acquire(signal);
    // Whatever happened meanwhile, the holder may have renewed the Lease just before it was deleted.
    setTime(14_000);
    server.delete();
    expect(await candidate.acquire(signal)).toEqual({
      type: 'taken',
      holder: 'a',
      freeInMs: 15_000,
    });
    setTime(28_999);
    expect(await candidate.acquire(signal)).toMatchObject({ type: 'taken', freeInMs: 1 });
    setTime(29_000);
    expect(await candidate.acquire(signal)).toEqual({ type: 'held', sentMs: 29_000 });
  });

  it('can be freed of an absurd duration by deleting the Lease', async () => {
    const { server, lock, setTime } = setUp();
    const candidate = lock('b');
    server.set({ holderIdentity: 'a', leaseDurationSeconds: 2 ** 31 - 1 });
    expect(await candidate.acquire(signal)).toMatchObject({ freeInMs: 3_600_000 });
    server.delete();
    expect(await candidate.acquire(signal)).toMatchObject({ type: 'taken', freeInMs: 15_000 });
    setTime(15_000);
    expect(await candidate.acquire(signal)).toMatchObject({ type: 'held' });
  });

  it('takes at once what nobody holds, what it holds itself, and what never was', async () => {
    const { server, lock } = setUp();
    expect(await lock('a').acquire(signal)).toEqual({ type: 'held', sentMs: 0 });
    expect(await lock('a').acquire(signal)).toEqual({ type: 'held', sentMs: 0 });
    expect(server.spec()).toMatchObject({ leaseTransitions: 0 });
    server.set({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 4 });
    expect(await lock('b').acquire(signal)).toEqual({ type: 'held', sentMs: 0 });
    expect(server.spec()).toMatchObject({ leaseTransitions: 5 });
  });

  it('lets one of several win, and tells the others to read again', async () => {
    const { lock } = setUp();
    const outcomes = await Promise.all(['a', 'b', 'c'].map((name) => lock(name).acquire(signal)));
    expect(outcomes.map(({ type }) => type).sort()).toEqual(['conflict', 'conflict', 'held']);
  });

  it('does not release a Lease that someone else holds by now', async () => {
    const { server, lock } = setUp();
    const holder = lock('a');
    await holder.acquire(signal);
    server.set({ holderIdentity: 'b', leaseDurationSeconds: 15 });
    await holder.release(signal);
    expect(server.spec()).toMatchObject({ holderIdentity: 'b' });
  });

  it('releases what someone else edited, but still holds', async () => {
    const { server, lock } = setUp();
    const holder = lock('a');
    await holder.acquire(signal);
    server.set({ ...server.spec(), strategy: 'someones' });
    await holder.release(signal);
    expect(server.spec()).toMatchObject({ holderIdentity: '', strategy: 'someones' });
  });
});
