// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createCoarseTimers } from './coarse-timers.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function recorded() {
  const calls: string[] = [];
  return { calls, call: (name: string) => () => void calls.push(name) };
}

describe('createCoarseTimers', () => {
  it('calls each once, never early and at most an interval late', () => {
    const timers = createCoarseTimers(50);
    const { calls, call } = recorded();
    timers.start(120, call('a'));
    timers.start(1_000, call('b'));
    jest.advanceTimersByTime(119);
    expect(calls).toEqual([]);
    jest.advanceTimersByTime(50);
    expect(calls).toEqual(['a']);
    jest.advanceTimersByTime(1_000);
    expect(calls).toEqual(['a', 'b']);
  });

  it('is on time for one that is shorter than the interval', () => {
    const timers = createCoarseTimers(50);
    const { calls, call } = recorded();
    timers.start(10, call('a'));
    jest.advanceTimersByTime(10);
    expect(calls).toEqual(['a']);
  });

  it('does not call one that was stopped', () => {
    const timers = createCoarseTimers(50);
    const { calls, call } = recorded();
    timers.stop(timers.start(100, call('a')));
    timers.start(100, call('b'));
    jest.advanceTimersByTime(500);
    expect(calls).toEqual(['b']);
  });

  it('rests while none runs, and begins again', () => {
    const timers = createCoarseTimers(50);
    const { calls, call } = recorded();
    timers.start(20, call('a'));
    jest.advanceTimersByTime(200);
    expect(jest.getTimerCount()).toBe(0);
    timers.start(60, call('b'));
    jest.advanceTimersByTime(110);
    expect(calls).toEqual(['a', 'b']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes timers that a call starts or stops', () => {
    const timers = createCoarseTimers(50);
    const { calls, call } = recorded();
    timers.start(50, () => {
      timers.stop(doomed);
      timers.start(50, call('next'));
    });
    const doomed = timers.start(50, call('doomed'));
    jest.advanceTimersByTime(300);
    expect(calls).toEqual(['next']);
  });
});
