// SPDX-License-Identifier: Apache-2.0
// What a loop waits for that looks at everything again: that something has changed, or that some time is
// over.

/** Wakes whoever waits for it; rung while nobody waits, it wakes the next who does. */
export interface Alarm {
  readonly ring: () => void;
  /** Resolves when it is rung, at once if it was since the last time, or after `ms` milliseconds. */
  readonly rings: (ms: number) => Promise<void>;
}

/** An alarm for one who waits. */
export function createAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    rings: async (ms) => {
      if (!rung) {
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve(undefined);
          };
        });
      }
      rung = false;
      wake = undefined;
    },
  };
}
