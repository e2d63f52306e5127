// SPDX-License-Identifier: Apache-2.0
// Fault injection from the command line: `make test-faults`.
import { parseArgs } from 'node:util';
import { runFaults } from './fault-run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '10' },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
  process.stderr.write('Usage: node test/faults/main.ts [--seed=N] [--minutes=N]\n');
  process.exit(2);
}
process.stdout.write(`seed ${seed}, ${minutes} minutes\n`);
const run = await runFaults({
  seed,
  durationMs: minutes * 60_000,
  log: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(
  `${run.rounds} rounds, ${run.operations} operations of users, ${run.faults} faults; right within ${(run.slowestMs / 1_000).toFixed(1)} s, authorized pods admitted within ${(run.slowestAdmissionMs / 1_000).toFixed(1)} s\n`,
);
for (const violation of run.violations) process.stdout.write(`VIOLATION ${violation}\n`);
process.exitCode = run.violations.length === 0 ? 0 : 1;
