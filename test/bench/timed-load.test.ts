// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { timedLoad } from './timed-load.ts';

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
