// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { loadsInTurns, timedLoad } from './timed-load.ts';

describe('timedLoad', () => {
  it('has so many under way at a time and never more, and counts each that ended', async () => {
    let [underWay, most, ended] = [0, 0, 0];
    const load = await timedLoad({
      concurrency: 3,
      seconds: 0.02,
      work: async () => {
        most = Math.max(most, ++underWay);
        await nextTurn();
        underWay--;
        ended++;
      },
    });
    expect(most).toBe(3);
    expect(underWay).toBe(0);
    expect(load.count).toBe(ended);
    expect(load.latenciesMs).toHaveLength(ended);
    expect(load.seconds).toBeGreaterThanOrEqual(0.02);
  });

  it('is over with the first failure', async () => {
    let calls = 0;
    const load = timedLoad({
      concurrency: 2,
      seconds: 60,
      work: async () => {
        await nextTurn();
        if (++calls === 5) throw new Error('refused');
      },
    });
    await expect(load).rejects.toThrow('refused');
  });
});

describe('loadsInTurns', () => {
  it('lets each load have a turn in each round, and work for as long', async () => {
    const turns: string[] = [];
    const work = (name: string) => async () => {
      turns.push(name);
      await nextTurn();
    };
    const loads = await loadsInTurns({
      works: ['first', 'second'].map(work),
      concurrency: 2,
      seconds: 0.2,
      turnSeconds: 0.01,
    });
    const changes = turns.filter((name, index) => name !== turns[index - 1]).length;
    // One for each round at least, but where two turns of one load meet.
    expect(changes).toBeGreaterThan(20);
    expect(changes).toBeLessThanOrEqual(40);
    expect(loads).toHaveLength(2);
    for (const load of loads) {
      expect(load.seconds).toBeGreaterThanOrEqual(0.2);
      expect(load.latenciesMs).toHaveLength(load.count);
      expect(load.count).toBeGreaterThan(0);
    }
  });
});
