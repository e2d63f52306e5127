// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { backoffMs } from './backoff.ts';

const bounds = { baseMs: 100, maxMs: 1000 };

it.each([
  [1, 50, 100],
  [2, 100, 200],
  [4, 400, 800],
  [5, 500, 1000],
  [10_000, 500, 1000],
])('after %i failures waits between %i and %i ms', (failures, least, most) => {
  expect(backoffMs(failures, bounds, () => 0)).toBe(least);
  expect(backoffMs(failures, bounds, () => 1)).toBe(most);
});
