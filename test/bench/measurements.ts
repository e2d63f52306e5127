// SPDX-License-Identifier: Apache-2.0
// The plan of a run: which clusters are made, and what is measured on each, one after the other.
// Cold starts always get a fresh one: RBAC costs more with every binding that is already there.
import type { OperatorProcess } from '../support/operator-process.ts';
import { type BenchCluster, startBenchCluster } from './bench-cluster.ts';
import { endBenchOperator, everythingReconciled, startBenchOperator } from './bench-operator.ts';
import { type ColdStart, coldStartOfBareLoop, coldStartOfOperator } from './cold-start.ts';
import { type GrantLatency, measureGrantLatency } from './grant-latency.ts';
import { settledMemory, type SettledMemory } from './memory.ts';
import { type BenchOptions, workloads } from './options.ts';
import { measureSteadyState, type SteadyState } from './steady-state.ts';
import type { Workload } from './workload.ts';

/** What was measured. */
export interface Figures {
  kubernetes: string;
  /** In the order in which they were run. */
  readonly coldStarts: ColdStart[];
  latency?: GrantLatency;
  readonly steadyStates: SteadyState[];
  readonly memory: (SettledMemory & {
    readonly credspecs: number;
    readonly since: 'cold start' | 'restart';
  })[];
}

type Log = (line: string) => void;

/** Runs the measurements that were asked for. */
export async function runMeasurements(
  options: Pick<BenchOptions, 'length' | 'only' | 'scale' | 'setup'>,
  log: Log,
): Promise<Figures> {
  const { only, scale, length, setup } = options;
  const { small, large, crowded } = workloads(scale);
  const figures: Figures = { kubernetes: '', coldStarts: [], steadyStates: [], memory: [] };

  async function onCluster(
    workload: Workload,
    measure: (bench: BenchCluster) => Promise<void>,
  ): Promise<void> {
    const bench = await startBenchCluster(workload, log);
    try {
      const version = await bench.cluster.get<{ gitVersion: string }>('/version');
      figures.kubernetes = version?.gitVersion ?? 'unknown';
      await measure(bench);
    } finally {
      await bench.stop();
    }
  }

  function keep(coldStart: ColdStart): void {
    figures.coldStarts.push(coldStart);
    const { who, count, seconds } = coldStart;
    log(`cold start, ${who}: ${count} writes in ${seconds.toFixed(2)} s`);
  }

  const bareLoop = async (bench: BenchCluster): Promise<void> => {
    keep(await coldStartOfBareLoop(bench, setup));
  };

  /** Cold start of the operator, then `more` while it is still there. */
  const operatorAnd =
    (more: (bench: BenchCluster, operator: OperatorProcess) => Promise<void>) =>
    async (bench: BenchCluster): Promise<void> => {
      const { coldStart, operator } = await coldStartOfOperator(bench, setup);
      try {
        keep(coldStart);
        await more(bench, operator);
      } finally {
        await endBenchOperator(operator);
      }
    };
  const operatorOnly = operatorAnd(() => Promise.resolve());

  async function memory(
    { workload: { credspecs } }: BenchCluster,
    operator: OperatorProcess,
    since: 'cold start' | 'restart',
  ): Promise<void> {
    if (!only.has('d')) return;
    const settled = await settledMemory(operator.pid, scale.settleSeconds);
    figures.memory.push({ credspecs, since, ...settled });
    log(`memory after ${since} with ${credspecs} credspecs: ${settled.resident.toFixed(0)} MB`);
  }

  async function restarted(
    bench: BenchCluster,
    measure: (operator: OperatorProcess) => Promise<void>,
  ): Promise<void> {
    const operator = await startBenchOperator(bench, setup);
    try {
      await everythingReconciled(bench, operator, 1);
      await measure(operator);
    } finally {
      await endBenchOperator(operator);
    }
  }

  async function latency(bench: BenchCluster): Promise<void> {
    if (!only.has('b')) return;
    figures.latency = await measureGrantLatency(bench, scale.latencySamples);
    log(`one annotation changed: p99 ${figures.latency.grant.p99.toFixed(0)} ms`);
  }

  async function steadyStates(bench: BenchCluster): Promise<void> {
    if (!only.has('c')) return;
    for (const leaderElect of ['false', 'true'] as const) {
      log(`steady state for ${scale.steadySeconds} s, --leader-elect=${leaderElect}`);
      const seconds = scale.steadySeconds;
      figures.steadyStates.push(await measureSteadyState(bench, { seconds, leaderElect, setup }));
    }
  }

  // A B B A: what drifts meanwhile, a clock rate or a neighbour, meets both alike.
  if (only.has('a')) {
    await onCluster(small, operatorOnly);
    await onCluster(small, bareLoop);
    await onCluster(small, bareLoop);
  }
  await onCluster(small, async (bench) => {
    await operatorAnd((_, operator) => memory(bench, operator, 'cold start'))(bench);
    if (only.has('b') || only.has('d')) {
      await restarted(bench, async (operator) => {
        await memory(bench, operator, 'restart');
        await latency(bench);
      });
    }
    await steadyStates(bench);
  });
  if (only.has('a') || only.has('d')) {
    await onCluster(large, async (bench) => {
      await operatorAnd((_, operator) => memory(bench, operator, 'cold start'))(bench);
      if (only.has('d')) {
        await restarted(bench, (operator) => memory(bench, operator, 'restart'));
      }
    });
  }
  if (only.has('a') && length === 'long') {
    await onCluster(large, bareLoop);
    await onCluster(crowded, operatorOnly);
    await onCluster(crowded, bareLoop);
  }
  return figures;
}
