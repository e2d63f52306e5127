// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { createAlarm } from './alarm.ts';

/** Longer than any test. */
const NEVER_MS = 3_600_000;

it('an alarm that is rung while nobody waits wakes the next who does, and only that one', async () => {
  const alarm = createAlarm();
  alarm.ring();
  alarm.ring();
  await alarm.rings(NEVER_MS);
  let woken = false;
  const second = alarm.rings(NEVER_MS).then(() => {
    woken = true;
  });
  await new Promise(setImmediate);
  expect(woken).toBe(false);
  alarm.ring();
  await second;
});

it('an alarm rings by itself when the time is over', async () => {
  const alarm = createAlarm();
  await alarm.rings(1);
  await alarm.rings(1);
});
