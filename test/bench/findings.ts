// SPDX-License-Identifier: Apache-2.0
// What the figures say about each requirement. Pure.
import type { ColdStart } from './cold-start.ts';
import { type Figures, workloads } from './measurements.ts';
import type { Scale } from './options.ts';
import { atLeast, atMost, type Finding, fixed, told } from './report.ts';
import { pooledRate } from './statistics.ts';
import type { SteadyState } from './steady-state.ts';
import type { Workload } from './workload.ts';

/** The requirements, in the order of the table, as far as there are figures for them. */
export function findingsOf(figures: Figures, scale: Scale): Finding[] {
  return [
    ...coldStartFindings(figures.coldStarts, scale),
    ...latencyFindings(figures, scale),
    ...figures.steadyStates.flatMap(steadyStateFindings),
    ...memoryFindings(figures, scale),
  ];
}

/** A cluster's cold starts, the operator's and the bare loop's. */
interface Pair {
  readonly size: string;
  readonly operator: readonly ColdStart[];
  readonly bareLoop: readonly ColdStart[];
}

function coldStartFindings(all: readonly ColdStart[], scale: Scale): Finding[] {
  const pair = (workload: Workload): Pair => {
    const runs = all.filter(
      ({ credspecs, namespaces }) =>
        credspecs === workload.credspecs && namespaces === workload.namespaces,
    );
    return {
      size: `${grouped(workload.credspecs)} credspecs over ${workload.namespaces} namespaces`,
      operator: runs.filter(({ who }) => who === 'operator'),
      bareLoop: runs.filter(({ who }) => who === 'bare loop'),
    };
  };
  const { small, large, crowded } = workloads(scale);
  const pairs = [pair(small), pair(large), pair(crowded)];
  const [first, proportional] = pairs;
  // Without the bare loop only the operator's cold starts were needed, for another measurement.
  if (first === undefined || proportional === undefined || first.bareLoop.length === 0) return [];
  const growth = costMs(proportional.operator) / costMs(first.operator);
  return [
    atLeast('a', `${first.size}: the operator's rate of writes beside the bare loop's`, 0.8, {
      value: ratio(first),
      note: `${fixed(pooledRate(first.operator))} and ${fixed(pooledRate(first.bareLoop))} writes/s`,
    }),
    atMost(
      'a',
      `${grouped(scale.large)} credspecs: cost of each, beside ${grouped(scale.small)}`,
      1.5,
      {
        value: growth,
        unit: ' ×',
        note: `${fixed(costMs(proportional.operator))} and ${fixed(costMs(first.operator))} ms`,
      },
    ),
    ...pairs.flatMap(explainColdStart),
    ...surplusFindings(all),
  ];
}

function explainColdStart({ size, operator, bareLoop }: Pair): Finding[] {
  const seconds = (runs: readonly ColdStart[], key: 'cpuSeconds' | 'seconds') =>
    runs.map((run) => fixed(run[key])).join(' and ');
  return [
    told(
      'a',
      `${size}: all Ready`,
      `${operator.map((run) => fixed(run.secondsFromProcessStart)).join(' and ')} s from process start, ${seconds(operator, 'seconds')} s from first write; bare loop ${seconds(bareLoop, 'seconds')} s; ratio ${fixed(ratio({ operator, bareLoop }))}`,
    ),
    told(
      'a',
      `${size}: cost of each credspec`,
      `${fixed(costMs(operator))} ms; bare loop ${fixed(costMs(bareLoop))} ms; processor time ${seconds(operator, 'cpuSeconds')} s, bare loop ${seconds(bareLoop, 'cpuSeconds')} s`,
    ),
  ];
}

function surplusFindings(all: readonly ColdStart[]): Finding[] {
  const sum = (key: 'refused' | 'surplus') =>
    all.filter(({ who }) => who === 'operator').reduce((total, run) => total + run[key], 0);
  return [
    atMost('a', 'writes of the operator beyond those needed, all cold starts', 0, {
      value: sum('surplus'),
      note: `${sum('refused')} refused`,
    }),
  ];
}

function latencyFindings({ latency }: Figures, scale: Scale): Finding[] {
  if (latency === undefined) return [];
  const { grant, revoke, status, patch } = latency;
  const at = `at ${grouped(scale.small)} credspecs`;
  const rest = (of: typeof grant) =>
    `p50 ${fixed(of.p50)}, p99 ${fixed(of.p99)}, max ${fixed(of.max)} ms of ${of.count}`;
  return [
    atMost('b', `one entry added ${at}: RoleBinding in place, p99`, 100, {
      value: grant.p99,
      unit: ' ms',
      note: rest(grant),
    }),
    told('b', `one entry removed ${at}: RoleBinding gone`, rest(revoke)),
    told('b', `either: status.observedAnnotationHash tells it`, rest(status)),
    told('b', `the user's own PATCH of the annotation`, rest(patch)),
  ];
}

function steadyStateFindings(steady: SteadyState): Finding[] {
  const { seconds, leaderElect, operatorWrites, reconciles, requests, cpuSeconds } = steady;
  const leases = Object.entries(operatorWrites).filter(([what]) => what.endsWith(' leases'));
  const told = leases.map(([what, count]) => `${count} × ${what}`).join(', ');
  return [
    atMost('c', `writes in ${seconds.toFixed(0)} s, --leader-elect=${leaderElect}`, 0, {
      value: steady.unexpectedWrites,
      note: `${grouped(reconciles)} reconciles, ${requests} requests, ${fixed(cpuSeconds)} s processor time; Lease: ${told === '' ? 'none' : told}`,
    }),
  ];
}

function memoryFindings({ memory }: Figures, scale: Scale): Finding[] {
  return memory.map(({ credspecs, since, resident, peak, settled, settledAfterSeconds }) =>
    atMost(
      'd',
      `resident memory at ${grouped(credspecs)} credspecs after ${since}`,
      credspecs === scale.small ? 110 : 200,
      {
        value: resident,
        unit: ' MB',
        note: `peak ${fixed(peak)} MB; ${settled ? 'settled' : 'still moving'} after ${settledAfterSeconds} s`,
      },
    ),
  );
}

function ratio({ operator, bareLoop }: Pick<Pair, 'bareLoop' | 'operator'>): number {
  return pooledRate(operator) / pooledRate(bareLoop);
}

/** Milliseconds from first write to last, for each credspec. */
function costMs(runs: readonly ColdStart[]): number {
  return 1000 / pooledRate(runs.map(({ credspecs, seconds }) => ({ count: credspecs, seconds })));
}

const grouped = (count: number): string => count.toLocaleString('en-US');
