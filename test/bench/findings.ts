// SPDX-License-Identifier: Apache-2.0
// What the figures say about each requirement. Pure.
import { admissionFindings } from './admission-findings.ts';
import type { ColdStart } from './cold-start.ts';
import type { Figures } from './stages.ts';
import { type Scale, workloads } from './options.ts';
import { atLeast, atMost, type Finding, fixed } from './report.ts';
import { pooledRate, type Summary } from './statistics.ts';
import type { SteadyState } from './steady-state.ts';
import type { Workload } from './workload.ts';

/** The requirements, in the order of the table, as far as there are figures for them. */
export function findingsOf(figures: Figures, scale: Scale): Finding[] {
  return [
    ...coldStartFindings(figures.coldStarts, scale),
    ...latencyFindings(figures, scale),
    ...figures.steadyStates.map(steadyStateFinding),
    ...memoryFindings(figures, scale),
    ...admissionFindings(figures),
    ...pluginFindings(figures),
  ];
}

/** The cold starts on clusters of one size. */
interface Pair {
  readonly size: string;
  readonly operator: readonly ColdStart[];
  readonly bareLoop: readonly ColdStart[];
}

function coldStartFindings(all: readonly ColdStart[], scale: Scale): Finding[] {
  const { small, large, crowded } = workloads(scale);
  const [first, proportional, third] = [small, large, crowded].map((size) => pairOf(all, size));
  // Without the bare loop there were only the cold starts that other measurements begin with.
  if (!first || !proportional || !third || first.bareLoop.length === 0) return [];
  const operators = all.filter(({ who }) => who === 'operator');
  const sum = (key: 'refused' | 'surplus') => operators.reduce((total, run) => total + run[key], 0);
  return [
    atLeast(0.8, {
      measurement: 'a',
      what: `cold start, ${first.size}: rate of writes beside the bare loop's`,
      value: ratioOf(first),
      notes: [...explain(first), 'in the order operator, bare loop, bare loop, operator'],
    }),
    atMost(1.5, {
      measurement: 'a',
      what: `cost of a credspec at ${proportional.size}, beside that`,
      value: costMs(proportional.operator) / costMs(first.operator),
      unit: ' ×',
      notes: [...explain(proportional), ...explain(third)],
    }),
    atMost(0, {
      measurement: 'a',
      what: 'writes beyond those needed, all cold starts',
      value: sum('surplus'),
      notes: [`${sum('refused')} more were refused`],
    }),
  ];
}

function pairOf(all: readonly ColdStart[], { credspecs, namespaces }: Workload): Pair {
  const runs = all.filter((run) => run.credspecs === credspecs && run.namespaces === namespaces);
  return {
    size: `${grouped(credspecs)} credspecs over ${namespaces} namespaces`,
    operator: runs.filter(({ who }) => who === 'operator'),
    bareLoop: runs.filter(({ who }) => who === 'bare loop'),
  };
}

function explain({ size, operator, bareLoop }: Pair): string[] {
  const each = (runs: readonly ColdStart[], figure: (run: ColdStart) => number) =>
    runs.map((run) => fixed(figure(run))).join(' and ');
  const line = (runs: readonly ColdStart[]) =>
    `${each(runs, (run) => run.seconds)} s, ${fixed(costMs(runs))} ms a credspec, ${fixed(pooledRate(runs))} writes/s, ${each(runs, (run) => run.inFlight)} in flight, ${each(runs, (run) => run.cpuSeconds)} s of processor`;
  if (operator.length === 0) return [];
  const fromStart = each(operator, (run) => run.secondsFromProcessStart);
  return [
    `${size}: all Ready ${fromStart} s after the process was started; from first write to last:`,
    `  operator:  ${line(operator)}`,
    ...(bareLoop.length === 0
      ? []
      : [
          `  bare loop: ${line(bareLoop)}`,
          `  ratio of rates: ${fixed(ratioOf({ operator, bareLoop }))}`,
        ]),
  ];
}

function latencyFindings({ latency }: Figures, scale: Scale): Finding[] {
  if (latency === undefined) return [];
  const { grant, revoke, status, patch } = latency;
  const told = (of: Summary) =>
    `p50 ${fixed(of.p50)}, p99 ${fixed(of.p99)}, max ${fixed(of.max)} ms of ${of.count}`;
  return [
    atMost(100, {
      measurement: 'b',
      what: `an entry added at ${grouped(scale.small)} credspecs: RoleBinding in place, p99`,
      value: grant.p99,
      unit: ' ms',
      notes: [
        `RoleBinding in place:         ${told(grant)}`,
        `an entry removed, it is gone: ${told(revoke)}`,
        `either, told in status:       ${told(status)}`,
        `of which the user's PATCH:    ${told(patch)}`,
      ],
    }),
  ];
}

function steadyStateFinding(steady: SteadyState): Finding {
  const { seconds, leaderElect, operatorWrites, reconciles, requests, cpuSeconds } = steady;
  const leases = Object.entries(operatorWrites).find(([what]) => what.endsWith(' leases'))?.[1];
  return atMost(0, {
    measurement: 'c',
    what: `writes in ${seconds.toFixed(0)} s of resyncs, --leader-elect=${leaderElect}, Leases aside`,
    value: steady.unexpectedWrites,
    notes: [
      `${grouped(reconciles)} reconciles, ${requests} requests of any kind, ${leases ?? 'none'} of them renewals of the Lease; ${fixed(cpuSeconds)} s of processor`,
    ],
  });
}

function memoryFindings({ memory }: Figures, scale: Scale): Finding[] {
  return memory.map(({ credspecs, since, resident, anonymous, ...rest }) =>
    atMost(credspecs === scale.small ? 130 : 220, {
      measurement: 'd',
      what: `resident memory at ${grouped(credspecs)} credspecs after ${since}`,
      value: resident,
      unit: ' MB',
      notes: [
        `${fixed(anonymous)} MB of it are the process's own, the rest pages of node's executable; peak ${fixed(rest.peak)} MB; ${rest.settled ? 'settled' : 'still moving'} after ${rest.seconds} s`,
      ],
    }),
  );
}

function pluginFindings({ pluginStarts }: Figures): Finding[] {
  const requirements = [
    { reaches: 'nothing', limit: 350, what: 'kubectl gmsa --help' },
    { reaches: 'cluster', limit: 800, what: 'a command of kubectl gmsa that talks to the cluster' },
  ] as const;
  return requirements.flatMap(({ reaches, limit, what }) => {
    const starts = pluginStarts.filter((start) => start.reaches === reaches);
    if (starts.length === 0) return [];
    return atMost(limit, {
      measurement: 'h',
      what: `${what}: start to end, median of the slowest`,
      value: Math.max(...starts.map(({ ms }) => ms.p50)),
      unit: ' ms',
      notes: starts.map(
        ({ command, ms }) =>
          `${command}: p50 ${fixed(ms.p50)}, max ${fixed(ms.max)} ms of ${ms.count}`,
      ),
    });
  });
}

function ratioOf({ operator, bareLoop }: Pick<Pair, 'bareLoop' | 'operator'>): number {
  return pooledRate(operator) / pooledRate(bareLoop);
}

/** Milliseconds from first write to last, for each credspec. */
function costMs(runs: readonly ColdStart[]): number {
  return 1000 / pooledRate(runs.map(({ credspecs, seconds }) => ({ count: credspecs, seconds })));
}

const grouped = (count: number): string => count.toLocaleString('en-US');
