// SPDX-License-Identifier: Apache-2.0
// What can be done on a cluster of the bench, each with its figures put where they belong.
import type { OperatorProcess } from '../support/operator-process.ts';
import { type BenchCluster, startBenchCluster } from './bench-cluster.ts';
import { endBenchOperator, everythingReconciled, startBenchOperator } from './bench-operator.ts';
import { type ColdStart, coldStartOfBareLoop, coldStartOfOperator } from './cold-start.ts';
import { type GrantLatency, measureGrantLatency } from './grant-latency.ts';
import { settledMemory, type SettledMemory } from './memory.ts';
import { type AdmissionBench, withAdmission } from './admission-bench.ts';
import { type MemoryUnderLoad, measureMemoryUnderLoad } from './memory-under-load.ts';
import type { BenchOptions } from './options.ts';
import { measurePluginStart, type PluginStart } from './plugin-start.ts';
import type { PodGroup } from './pod-groups.ts';
import { measurePodRates, type PodRate } from './pod-rates.ts';
import { measureSteadyState, type SteadyState } from './steady-state.ts';
import { measureStraightRates, type StraightRate } from './straight-rates.ts';
import type { Workload } from './workload.ts';

/** What was measured. */
export interface Figures {
  /** Version of the API server. */
  kubernetes: string;
  /** In the order in which they were run. */
  readonly coldStarts: ColdStart[];
  latency?: GrantLatency;
  readonly steadyStates: SteadyState[];
  readonly memory: (SettledMemory & {
    readonly credspecs: number;
    readonly since: 'cold start' | 'restart';
  })[];
  readonly podRates: PodRate[];
  readonly straightRates: StraightRate[];
  memoryUnderLoad?: MemoryUnderLoad;
  readonly pluginStarts: PluginStart[];
}

/** The stages; one after the other, never two at once. */
export interface Stages {
  /** A fresh cluster of this size, for as long as `use` takes. */
  readonly onCluster: (
    workload: Workload,
    use: (bench: BenchCluster) => Promise<void>,
  ) => Promise<void>;
  readonly coldStartOfBareLoop: (bench: BenchCluster) => Promise<void>;
  /** Cold start of the operator, then `more` while it is still there. */
  readonly coldStartOfOperator: (
    bench: BenchCluster,
    more?: (operator: OperatorProcess) => Promise<void>,
  ) => Promise<void>;
  /** An operator that finds everything in place, for as long as `use` takes. */
  readonly restart: (
    bench: BenchCluster,
    use: (operator: OperatorProcess) => Promise<void>,
  ) => Promise<void>;
  readonly memory: (
    bench: BenchCluster,
    operator: OperatorProcess,
    since: 'cold start' | 'restart',
  ) => Promise<void>;
  readonly latency: (bench: BenchCluster) => Promise<void>;
  readonly steadyState: (bench: BenchCluster, leaderElect: 'false' | 'true') => Promise<void>;
  /** Operators that serve admission and the reference beside them, for as long as `use` takes. */
  readonly admission: (
    bench: BenchCluster,
    use: (admission: AdmissionBench) => Promise<void>,
  ) => Promise<void>;
  readonly podRates: (admission: AdmissionBench, groups: readonly PodGroup[]) => Promise<void>;
  readonly straightRates: (admission: AdmissionBench) => Promise<void>;
  /** Last: the operator leads from then on. */
  readonly memoryUnderLoad: (admission: AdmissionBench) => Promise<void>;
  readonly pluginStart: (bench: BenchCluster) => Promise<void>;
}

/** Stages that write to `figures`. */
export function createStages(
  figures: Figures,
  { scale, setup }: Pick<BenchOptions, 'scale' | 'setup'>,
  log: (line: string) => void,
): Stages {
  function keep(coldStart: ColdStart): void {
    figures.coldStarts.push(coldStart);
    const { who, count, seconds } = coldStart;
    log(`cold start, ${who}: ${count} writes in ${seconds.toFixed(2)} s`);
  }

  return {
    async onCluster(workload, use) {
      const bench = await startBenchCluster(workload, log);
      try {
        const version = await bench.cluster.get<{ gitVersion: string }>('/version');
        figures.kubernetes = version?.gitVersion ?? 'unknown';
        await use(bench);
      } finally {
        await bench.stop();
      }
    },
    async coldStartOfBareLoop(bench) {
      keep(await coldStartOfBareLoop(bench, setup));
    },
    async coldStartOfOperator(bench, more) {
      const { coldStart, operator } = await coldStartOfOperator(bench, setup);
      try {
        keep(coldStart);
        await more?.(operator);
      } finally {
        await endBenchOperator(operator);
      }
    },
    async restart(bench, use) {
      const operator = await startBenchOperator(bench, setup);
      try {
        await everythingReconciled(bench, operator, 1);
        await use(operator);
      } finally {
        await endBenchOperator(operator);
      }
    },
    async memory({ workload: { credspecs } }, operator, since) {
      const settled = await settledMemory(operator.pid, scale.settleSeconds);
      figures.memory.push({ credspecs, since, ...settled });
      log(`memory at ${credspecs} credspecs after ${since}: ${settled.resident.toFixed(0)} MB`);
    },
    async latency(bench) {
      figures.latency = await measureGrantLatency(bench, scale.latencySamples);
      log(`one annotation changed: p99 ${figures.latency.grant.p99.toFixed(0)} ms`);
    },
    async steadyState(bench, leaderElect) {
      const seconds = scale.steadySeconds;
      log(`steady state for ${seconds} s, --leader-elect=${leaderElect}`);
      figures.steadyStates.push(await measureSteadyState(bench, { seconds, leaderElect, setup }));
    },
    admission: (bench, use) => withAdmission(bench, setup, log, use),
    async podRates(admission, groups) {
      figures.podRates.push(...(await measurePodRates(admission, groups, scale.admission, log)));
    },
    async straightRates(admission) {
      figures.straightRates.push(...(await measureStraightRates(admission, scale.admission, log)));
    },
    async memoryUnderLoad(admission) {
      log('memory under load');
      figures.memoryUnderLoad = await measureMemoryUnderLoad(admission, scale.admission);
    },
    async pluginStart(bench) {
      log('start-up of the kubectl plugin');
      figures.pluginStarts.push(...(await measurePluginStart(bench, scale.pluginRuns)));
    },
  };
}
