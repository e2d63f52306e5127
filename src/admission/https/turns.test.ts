// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createTurns } from './turns.ts';

describe('createTurns', () => {
  it('lets one piece of work run in each turn of the event loop, in the order of the calls', async () => {
    const turns = createTurns();
    const ran: string[] = [];
    for (const name of ['a', 'b', 'c']) void turns.next().then(() => ran.push(name));
    const seen: string[] = [];
    while (ran.length < 3) {
      await nextTurn();
      seen.push(ran.join(''));
    }
    expect(seen.filter((names) => names !== '')).toEqual(['a', 'ab', 'abc']);
  });
});
