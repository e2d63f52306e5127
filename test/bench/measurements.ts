// SPDX-License-Identifier: Apache-2.0
// The plan of a run: which clusters are made, and what is measured on each, one after the other.
// Cold starts always get a fresh one: RBAC costs more with every binding that is already there.
import { type BenchOptions, workloads } from './options.ts';
import { ALL_GROUPS, COMPARISONS } from './pod-groups.ts';
import { createStages, type Figures, type Stages } from './stages.ts';

/** Runs the measurements that were asked for. */
export async function runMeasurements(
  options: Pick<BenchOptions, 'length' | 'only' | 'scale' | 'setup'>,
  log: (line: string) => void,
): Promise<Figures> {
  const figures: Figures = {
    kubernetes: '',
    ...{ coldStarts: [], steadyStates: [], memory: [] },
    ...{ podRates: [], straightRates: [], pluginStarts: [] },
  };
  const stages = createStages(figures, options, log);
  await measureReconciles(options, stages);
  await measureAdmission(options, stages);
  if (options.only.has('h')) {
    await stages.onCluster(workloads(options.scale).plugin, stages.pluginStart);
  }
  return figures;
}

async function measureReconciles(
  { only, scale, length }: Pick<BenchOptions, 'length' | 'only' | 'scale'>,
  stages: Stages,
): Promise<void> {
  const { small, large, crowded } = workloads(scale);

  // A B B A: what drifts meanwhile, a clock rate or a neighbour, meets both alike.
  if (only.has('a')) {
    await stages.onCluster(small, stages.coldStartOfOperator);
    await stages.onCluster(small, stages.coldStartOfBareLoop);
    await stages.onCluster(small, stages.coldStartOfBareLoop);
  }
  if ((['a', 'b', 'c', 'd'] as const).some((letter) => only.has(letter))) {
    await stages.onCluster(small, async (bench) => {
      await stages.coldStartOfOperator(bench, async (operator) => {
        if (only.has('d')) await stages.memory(bench, operator, 'cold start');
      });
      if (only.has('b') || only.has('d')) {
        await stages.restart(bench, async (operator) => {
          if (only.has('d')) await stages.memory(bench, operator, 'restart');
          if (only.has('b')) await stages.latency(bench);
        });
      }
      if (only.has('c')) {
        await stages.steadyState(bench, 'false');
        await stages.steadyState(bench, 'true');
      }
    });
  }
  if (only.has('a') || only.has('d')) {
    await stages.onCluster(large, async (bench) => {
      await stages.coldStartOfOperator(bench, async (operator) => {
        if (only.has('d')) await stages.memory(bench, operator, 'cold start');
      });
      if (only.has('d')) {
        await stages.restart(bench, (operator) => stages.memory(bench, operator, 'restart'));
      }
    });
  }
  if (only.has('a') && length === 'long') {
    await stages.onCluster(large, stages.coldStartOfBareLoop);
    await stages.onCluster(crowded, stages.coldStartOfOperator);
    await stages.onCluster(crowded, stages.coldStartOfBareLoop);
  }
}

async function measureAdmission(
  { only, scale }: Pick<BenchOptions, 'only' | 'scale'>,
  stages: Stages,
): Promise<void> {
  const { admissionSmall, admissionLarge } = workloads(scale);
  if (only.has('e')) {
    await stages.onCluster(admissionSmall, (bench) =>
      stages.admission(bench, (admission) => stages.podRates(admission, [COMPARISONS])),
    );
  }
  if (only.has('e') || only.has('f') || only.has('g')) {
    await stages.onCluster(admissionLarge, (bench) =>
      stages.admission(bench, async (admission) => {
        if (only.has('e')) await stages.podRates(admission, ALL_GROUPS);
        if (only.has('f')) await stages.straightRates(admission);
        if (only.has('g')) await stages.memoryUnderLoad(admission);
      }),
    );
  }
}
