// SPDX-License-Identifier: Apache-2.0
// What each hostile body costs a process of the operator's options: `node review-cost-program.ts` writes, as JSON, the
// milliseconds of processor time of its reading and its review, the best of some. Not within Jest, where each look at a
// global object takes a hundred times as long.
import { createAdmissionHandler } from '../../src/admission/handler.ts';
import { measureJson } from '../../src/admission/https/json-structure.ts';
import { HOSTILE_BODIES } from './hostile-body.ts';

/** Whatever else the machine does makes a figure larger and never smaller. */
const ATTEMPTS = 8;

const handler = createAdmissionHandler({
  credspecs: { cached: () => undefined, live: () => Promise.resolve(undefined) },
  authorizer: { authorize: () => Promise.resolve({ allowed: false }) },
  randomHostname: 'annotated',
});

async function review(bytes: Buffer): Promise<number> {
  const before = process.cpuUsage();
  measureJson(bytes);
  await handler('/mutate', bytes.toString(), AbortSignal.timeout(10_000));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const costs: Record<string, number> = {};
for (const [name, body] of Object.entries(HOSTILE_BODIES)) {
  const bytes = body();
  const times: number[] = [];
  while (times.length < ATTEMPTS) times.push(await review(bytes));
  costs[name] = Math.min(...times);
}
process.stdout.write(JSON.stringify(costs));
