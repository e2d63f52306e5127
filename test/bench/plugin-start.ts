// SPDX-License-Identifier: Apache-2.0
// (h) The kubectl plugin: from the start of kubectl to the end of the plugin, as its users wait for it.
import { performance } from 'node:perf_hooks';
import { kubectlWithPlugin } from '../support/kubectl-plugin.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { type Summary, summarize } from './statistics.ts';

/** How long a command line takes, in milliseconds. */
export interface PluginStart {
  readonly command: string;
  readonly reaches: 'cluster' | 'nothing';
  readonly ms: Summary;
}

/** Not counted: the files are read into the page cache. */
const WARM_UP_RUNS = 2;

/** Runs each command line `runs` times, in turns. @throws Error for one that fails. */
export async function measurePluginStart(
  { cluster }: BenchCluster,
  runs: number,
): Promise<readonly PluginStart[]> {
  const namespace = await cluster.createNamespace('plugin');
  await createServiceAccount(cluster.client, namespace, 'web');
  await cluster.applyCredspec('plugin');
  const commands = [
    { reaches: 'nothing', args: ['--help'], code: 0 },
    { reaches: 'nothing', args: ['allow', '--help'], code: 0 },
    { reaches: 'cluster', args: ['export', 'plugin'], code: 0 },
    { reaches: 'cluster', args: ['lint', 'plugin'], code: 0 },
    { reaches: 'cluster', args: ['can-use', 'plugin', `${namespace}/web`], code: 1 },
    {
      reaches: 'cluster',
      args: ['allow', 'plugin', `${namespace}/web`, '--dry-run=server'],
      code: 0,
    },
  ] as const;
  const kubectl = kubectlWithPlugin(cluster.controlPlane);
  const times = commands.map((): number[] => []);
  for (let run = 0; run < WARM_UP_RUNS + runs; run++) {
    for (const [index, { args, code }] of commands.entries()) {
      const started = performance.now();
      const result = await kubectl(['gmsa', ...args]);
      const ms = performance.now() - started;
      if (result.code !== code) {
        throw new Error(`kubectl gmsa ${args.join(' ')}: ${result.code}: ${result.stderr}`);
      }
      if (run >= WARM_UP_RUNS) times[index]?.push(ms);
    }
  }
  return commands.map(({ args, reaches }, index) => ({
    command: ['kubectl', 'gmsa', ...args].join(' ').replace(namespace, 'shop'),
    reaches,
    ms: summarize(times[index] ?? []),
  }));
}
