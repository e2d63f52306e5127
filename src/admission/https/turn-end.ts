// SPDX-License-Identifier: Apache-2.0
// Answers that go out together. A write wakes a client that sleeps, which costs more than the write: where
// one answer is written for each request that was read, a busy server wakes its clients for each of them.
// So the answers of one turn of the event loop wait for its end, which is microseconds away.

/** Calls `task` when all that has arrived by now has been read. */
export type AtTurnEnd = (task: () => void) => void;

/** Tasks in the order in which they came; none of them may throw. */
export function createTurnEnd(): AtTurnEnd {
  let tasks: (() => void)[] = [];
  const run = (): void => {
    const now = tasks;
    tasks = [];
    for (const task of now) task();
  };
  return (task) => {
    if (tasks.push(task) === 1) setImmediate(run);
  };
}
