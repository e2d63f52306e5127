// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createRepairLimiter } from './repair-limiter.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('lets a person’s edits be undone at once', () => {
  const limiter = createRepairLimiter();
  for (let i = 0; i < 5; i++) {
    expect(limiter.waitMs('webapp1')).toBe(0);
    limiter.happened('webapp1');
  }
});

it('forgets after a minute', () => {
  const limiter = createRepairLimiter();
  for (let i = 0; i < 9; i++) limiter.happened('webapp1');
  jest.advanceTimersByTime(60_001);
  expect(limiter.waitMs('webapp1')).toBe(0);
});

it('says how long the next repair has to wait', () => {
  const limiter = createRepairLimiter();
  for (let i = 0; i < 4; i++) limiter.happened('webapp1');
  expect(limiter.waitMs('webapp1')).toBe(0);
  limiter.happened('webapp1');
  expect(limiter.waitMs('webapp1')).toBe(15_000);
  expect(limiter.waitMs('another')).toBe(0);
  jest.advanceTimersByTime(10_000);
  expect(limiter.waitMs('webapp1')).toBe(5_000);
  limiter.happened('webapp1');
  expect(limiter.waitMs('webapp1')).toBe(15_000);
  jest.advanceTimersByTime(15_000);
  expect(limiter.waitMs('webapp1')).toBe(0);
});
