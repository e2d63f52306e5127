// SPDX-License-Identifier: Apache-2.0
// Several builds of the operator on one load, in one run: what a change to the serving path costs or gains.
//
//   node test/bench/compare-builds.ts before=../other-checkout/dist/main.js after=dist/main.js
//
// The first is what the others are compared with. Each has turns of a quarter of a second, in an order by chance.
import { processMemory, processTimes, waitUntilQuiet } from './machine.ts';
import { type MeasuredBuild, startBuilds } from './measured-builds.ts';
import { readRunOptions } from '../../src/flags/run-flags.ts';
import { startBenchCluster } from './bench-cluster.ts';
import { usableCredspecs, windowsPod } from './bench-pod.ts';
import { labelsOf, onlyIfChosen } from './chosen-webhooks.ts';
import { CONCURRENCY } from './pod-rates.ts';
import { createRegistrar } from './registration.ts';
import { percentile, pooledRate } from './statistics.ts';
import { loadsInTurns } from './timed-load.ts';
import { namespaceName } from './workload.ts';

const USAGE = 'Usage: node test/bench/compare-builds.ts NAME=MAIN.js NAME=MAIN.js …\n';
const WORKLOAD = { credspecs: 100, namespaces: 20 };
/** V8 compiles what it has seen some thousand times: so long for each build, before what counts. */
const WARM_UP_SECONDS = 15;
const ROUNDS = 6;
const SECONDS_A_ROUND = 10;
const TURN_SECONDS = 0.25;

const programs = process.argv.slice(2).map((argument) => {
  const [, name = '', program = ''] = /^([a-z0-9-]+)=(.+)$/.exec(argument) ?? [];
  return { name, program };
});
if (programs.length < 2 || programs.some(({ name }) => name === '')) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  await compare();
}

async function compare(): Promise<void> {
  const started = performance.now();
  const log = (line: string): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`[${seconds} s] ${line}\n`);
  };
  // Waiting for a supervised process does not keep this one alive.
  const alive = setInterval(() => undefined, 60_000);
  const { maxConcurrentReconciles } = readRunOptions(new Map(), {}, undefined);
  const setup = { maxConcurrentReconciles, nodeOptions: '' };
  const bench = await startBenchCluster(WORKLOAD, log);
  try {
    await startBuilds(bench, setup, programs, log, async (builds) => {
      const results = await measure(bench, builds, log);
      process.stdout.write(table(results));
    });
  } finally {
    await bench.stop();
    clearInterval(alive);
  }
}

interface Result {
  readonly name: string;
  readonly rounds: { readonly count: number; readonly seconds: number }[];
  /** Of the build's process, in all rounds. */
  readonly cpuSeconds: number;
  /** Megabytes: the median and the most of what was resident at the ends of the rounds. */
  readonly resident: { readonly median: number; readonly most: number };
}

async function measure(
  bench: Awaited<ReturnType<typeof startBenchCluster>>,
  builds: readonly MeasuredBuild[],
  log: (line: string) => void,
): Promise<readonly Result[]> {
  const { client } = bench.cluster;
  const credspecs = usableCredspecs(bench.workload);
  const path = `/api/v1/namespaces/${namespaceName(0, bench.workload)}/pods`;
  const create = (body: object): Promise<unknown> =>
    client.request({ method: 'POST', path, query: { dryRun: 'All' }, body });

  const choices = builds.map(({ name }) => ({ webhook: name, route: 'URL' }) as const);
  await createRegistrar(bench.cluster).register(
    builds.map(({ configurations }, index) =>
      onlyIfChosen(choices[index] ?? { webhook: '', route: 'URL' }, configurations),
    ),
    () => create(windowsPod(credspecs[0] ?? '', labelsOf(choices))),
  );
  let next = 0;
  const works = choices.map((choice) => {
    const labels = labelsOf([choice]);
    return () => create(windowsPod(credspecs[next++ % credspecs.length] ?? '', labels));
  });
  const load = (seconds: number) =>
    loadsInTurns({ works, concurrency: CONCURRENCY, seconds, turnSeconds: TURN_SECONDS });

  await waitUntilQuiet(log);
  log(`warming up for ${WARM_UP_SECONDS * builds.length} s`);
  await load(WARM_UP_SECONDS);
  const cpu = () =>
    Promise.all(builds.map(async ({ pid }) => (await processTimes(pid)).cpuSeconds));
  const before = await cpu();
  const rounds: Awaited<ReturnType<typeof load>>[] = [];
  const resident: number[][] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push(await load(SECONDS_A_ROUND));
    resident.push(
      await Promise.all(builds.map(async ({ pid }) => (await processMemory(pid)).resident)),
    );
    log(`round ${round} of ${ROUNDS}`);
  }
  const after = await cpu();
  return builds.map(({ name }, index) => {
    const samples = resident.map((of) => of[index] ?? Number.NaN);
    return {
      name,
      rounds: rounds.flatMap((loads) => loads.slice(index, index + 1)),
      cpuSeconds: (after[index] ?? 0) - (before[index] ?? 0),
      resident: { median: percentile(samples, 50), most: Math.max(...samples) },
    };
  });
}

/** Markdown, as docs/development has it. */
function table(results: readonly Result[]): string {
  const [first] = results;
  const pods = ({ rounds }: Result) => rounds.reduce((sum, { count }) => sum + count, 0);
  const rows = results.map((result) => {
    const rate = pooledRate(result.rounds);
    const ratio = rate / pooledRate(first?.rounds ?? []);
    const cpuMs = (1000 * result.cpuSeconds) / pods(result);
    const { median, most } = result.resident;
    return [
      result.name,
      String(pods(result)),
      rate.toFixed(0),
      ratio.toFixed(3),
      cpuMs.toFixed(3),
      `${median.toFixed(0)} (${most.toFixed(0)})`,
    ];
  });
  const head = ['build', 'pods', 'pods/s', 'ratio', 'CPU ms a pod', 'resident MB, median (most)'];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}
