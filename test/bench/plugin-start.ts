// SPDX-License-Identifier: Apache-2.0
// (h) The kubectl plugin: from the start of kubectl to the end of the plugin, as its users wait for it.
import { performance } from 'node:perf_hooks';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { HEALTHY } from '../support/healthy-container.ts';
import { kubectlWithPlugin } from '../support/kubectl-plugin.ts';
import { runningPod } from '../support/running-pod.ts';
import { WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { startWindowsKubelet } from '../support/windows-kubelet.ts';
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
  for (const name of ['web', 'default'])
    await createServiceAccount(cluster.client, namespace, name);
  await cluster.applyCredspec('plugin');
  const kubelet = await startWindowsKubelet(
    { client: cluster.client, kubeconfigPath: cluster.controlPlane.kubeconfigPath },
    { node: 'windows-plugin', namespaces: [namespace] },
  );
  try {
    await kubelet.play(namespace, HEALTHY);
    const windowsOptions = {
      gmsaCredentialSpecName: 'plugin',
      gmsaCredentialSpec: canonicalJson(WEBAPP1_CONTENTS),
    };
    await runningPod(cluster, kubelet, { namespace, name: 'web', windowsOptions });
    return await timeCommands(cluster, namespace, runs);
  } finally {
    await kubelet.stop();
  }
}

/** In a namespace with the service account `web`, and a pod of that name that is under a GMSA and runs. */
async function timeCommands(
  cluster: BenchCluster['cluster'],
  namespace: string,
  runs: number,
): Promise<readonly PluginStart[]> {
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
    // There is no operator, so nothing is ready, and that is found to be wrong.
    { reaches: 'cluster', args: ['status'], code: 1 },
    { reaches: 'cluster', args: ['status', 'plugin'], code: 1 },
    { reaches: 'cluster', args: ['doctor'], code: 1 },
    // All links, with eight programs run in the container.
    { reaches: 'cluster', args: ['troubleshoot', 'web', '--namespace', namespace], code: 0 },
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
