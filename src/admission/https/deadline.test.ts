// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { workTimeMs } from './deadline.ts';

describe('workTimeMs', () => {
  it.each([
    ['timeout=5s', 4_500],
    ['timeout=1s', 900],
    ['timeout=10s', 9_500],
    ['a=b&timeout=2s', 1_800],
    ['timeout=1.5s', 1_350],
    ['timeout=1m0s', 29_500],
    ['timeout=400ms', 350],
  ])('leaves time for the answer to travel: %s', (query, ms) => {
    expect(workTimeMs(query)).toBe(ms);
  });

  it.each(['', 'timeout=', 'timeout=5', 'timeout=-5s', 'timeout=0s', 'timeout=s', 'xtimeout=1s'])(
    'takes the default of webhooks where there is no duration: %p',
    (query) => {
      expect(workTimeMs(query)).toBe(9_500);
    },
  );

  it('gives nobody more than a webhook can have', () => {
    expect(workTimeMs('timeout=1000h')).toBe(29_500);
    expect(workTimeMs(`timeout=${'9'.repeat(400)}s`)).toBe(29_500);
  });

  it('gives some time, however little is asked for', () => {
    expect(workTimeMs('timeout=1ms')).toBe(1);
  });
});
