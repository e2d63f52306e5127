// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { createTurnEnd } from './turn-end.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('runs tasks in their order, after what was ready before the end of the turn', async () => {
  const atTurnEnd = createTurnEnd();
  const told: string[] = [];
  atTurnEnd(() => told.push('first'));
  atTurnEnd(() => told.push('second'));
  await Promise.resolve().then(() => told.push('what was ready'));
  expect(told).toEqual(['what was ready']);
  await turn();
  expect(told).toEqual(['what was ready', 'first', 'second']);
});

it('puts off to the next turn what a task asks for', async () => {
  const atTurnEnd = createTurnEnd();
  const told: string[] = [];
  atTurnEnd(() => {
    told.push('one');
    atTurnEnd(() => told.push('another'));
  });
  await turn();
  expect(told).toEqual(['one']);
  await turn();
  expect(told).toEqual(['one', 'another']);
});
