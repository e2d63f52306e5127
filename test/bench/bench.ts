// SPDX-License-Identifier: Apache-2.0
// `make bench`: runs the measurements one after the other on a machine that has nothing else to do,
// and says whether each requirement holds.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findingsOf } from './findings.ts';
import { busiestBeginning, describeMachine } from './machine.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { formatReport, missed, type Report } from './report.ts';
import { runMeasurements } from './measurements.ts';

const JSON_FILE = fileURLToPath(new URL('../../coverage/bench.json', import.meta.url));

const options = readOptions();
if (options !== undefined) await main(options);

async function main({ output, onMiss, ...run }: BenchOptions): Promise<void> {
  const started = performance.now();
  const log = (line: string): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`[${seconds} s] ${line}\n`);
  };
  // Waiting for a supervised process does not keep this one alive.
  const alive = setInterval(() => undefined, 60_000);
  const figures = await runMeasurements(run, log).finally(() => {
    clearInterval(alive);
  });
  const report: Report = {
    machine: describeMachine(figures.kubernetes),
    scale: run.scale.name,
    busiestBeginning: busiestBeginning(),
    findings: findingsOf(figures, run.scale),
    figures,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  await mkdir(dirname(JSON_FILE), { recursive: true });
  await writeFile(JSON_FILE, json);
  process.stdout.write(output === 'json' ? json : formatReport(report));
  const misses = missed(report);
  if (misses.length > 0) {
    process.stderr.write(`${misses.length} of the requirements missed\n`);
    if (onMiss === 'fail') process.exitCode = 1;
  }
}

function readOptions(): BenchOptions | undefined {
  try {
    const parsed = parseBenchOptions(process.argv.slice(2));
    if (parsed !== 'help') return parsed;
    process.stdout.write(USAGE);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
  }
  return undefined;
}
