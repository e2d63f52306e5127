// SPDX-License-Identifier: Apache-2.0
// What the figures say about each requirement of admission. Pure.
import type { MemoryUnderLoad } from './memory-under-load.ts';
import { armInWords, type PodArm } from './pod-groups.ts';
import type { PodRate } from './pod-rates.ts';
import { atLeast, atMost, type Finding, fixed } from './report.ts';
import { percentile, pooledRate } from './statistics.ts';
import type { StraightRate } from './straight-rates.ts';

/** What was measured of admission. */
export interface AdmissionFigures {
  readonly podRates: readonly PodRate[];
  readonly straightRates: readonly StraightRate[];
  readonly memoryUnderLoad?: MemoryUnderLoad;
}

/** The requirements, as far as there are figures for them. */
export function admissionFindings(figures: AdmissionFigures): Finding[] {
  const { podRates, straightRates, memoryUnderLoad } = figures;
  return [
    ...podRateFindings(podRates),
    ...linuxFindings(podRates),
    ...straightFindings(straightRates),
    ...(memoryUnderLoad === undefined ? [] : [memoryFinding(memoryUnderLoad)]),
  ];
}

function podRateFindings(rates: readonly PodRate[]): Finding[] {
  const sizes = [...new Set(rates.map(({ credspecs }) => credspecs))];
  return sizes.flatMap((credspecs) =>
    (['Service', 'URL'] as const).flatMap((route) => {
      const of = (webhook: 'ours' | 'reference') =>
        rateOf(rates, credspecs, { pods: 'Windows', webhook, route });
      const [ours, reference] = [of('ours'), of('reference')];
      const none = rateOf(rates, credspecs, { pods: 'Windows', webhook: 'none' });
      if (ours === undefined || reference === undefined) return [];
      return [
        atLeast(0.88, {
          measurement: 'e',
          what: `pods by ${route}, ${grouped(credspecs)} credspecs: rate beside the reference webhook's`,
          value: ratio(ours, reference),
          notes: [
            `by rounds: ${ratiosByRound(ours, reference)}`,
            ...[ours, reference].map(podLine),
            ...(none === undefined ? [] : [podLine(none)]),
          ],
        }),
      ];
    }),
  );
}

function linuxFindings(rates: readonly PodRate[]): Finding[] {
  const ours = rates.find(({ arm }) => arm.pods === 'Linux' && arm.webhook === 'ours');
  const none = rates.find(({ arm }) => arm.pods === 'Linux' && arm.webhook === 'none');
  if (ours === undefined || none === undefined) return [];
  return [
    atLeast(0.9, {
      measurement: 'e',
      what: 'Linux pods with ours registered: rate beside that without a webhook',
      value: ratio(ours, none),
      notes: [`by rounds: ${ratiosByRound(ours, none)}`, podLine(ours), podLine(none)],
    }),
    atMost(0, {
      measurement: 'e',
      what: 'calls of ours for Linux pods',
      value: ours.operatorCalls,
      notes: [],
    }),
  ];
}

function straightFindings(rates: readonly StraightRate[]): Finding[] {
  const of = (webhook: StraightRate['webhook'], path: StraightRate['path']) =>
    rates.find((rate) => rate.webhook === webhook && rate.path === path);
  const [ours, reference] = [of('ours', '/mutate'), of('reference', '/mutate')];
  if (ours === undefined || reference === undefined) return [];
  const others = [of('ours', '/validate'), of('reference', '/validate')];
  return [
    atLeast(0.6, {
      measurement: 'f',
      what: "requests straight to /mutate: rate beside the reference webhook's",
      value: ratio(ours, reference),
      notes: [
        `by rounds: ${ratiosByRound(ours, reference)}`,
        ...[ours, reference, ...others].flatMap((rate) =>
          rate === undefined ? [] : [straightLine(rate)],
        ),
      ],
    }),
  ];
}

function memoryFinding({
  credspecs,
  resident,
  anonymous,
  median,
  peak,
  samples,
}: MemoryUnderLoad): Finding {
  return atMost(150, {
    measurement: 'g',
    what: `resident memory at ${grouped(credspecs)} credspecs under that load`,
    value: resident,
    unit: ' MB',
    notes: [
      `the most of ${samples} samples, their median ${fixed(median)} MB; ${fixed(anonymous)} MB of it are the process's own; ${fixed(peak)} MB at its peak since it was started, the cold start included`,
    ],
  });
}

interface Rounds {
  readonly rounds: readonly { readonly count: number; readonly seconds: number }[];
}

function ratio(one: Rounds, other: Rounds): number {
  return pooledRate(one.rounds) / pooledRate(other.rounds);
}

/** Neighbours in time, so that their spread is the noise of the figure. */
function ratiosByRound(one: Rounds, other: Rounds): string {
  return one.rounds
    .map((round, index) => {
      const beside = other.rounds[index];
      return beside === undefined ? '' : fixed(pooledRate([round]) / pooledRate([beside]));
    })
    .join(', ');
}

function podLine({ arm, rounds, latency }: PodRate): string {
  return `${armInWords(arm)}: ${spread({ rounds })} pods/s; p50 ${fixed(latency.p50)}, p99 ${fixed(latency.p99)} ms of ${grouped(latency.count)}`;
}

function straightLine({ webhook, path, rounds }: StraightRate): string {
  const middle = (key: 'p50' | 'p99') =>
    fixed(
      percentile(
        rounds.map(({ latency }) => latency[key]),
        50,
      ),
    );
  return `${path} of ${webhook}: ${spread({ rounds })} requests/s; p50 ${middle('p50')}, p99 ${middle('p99')} ms in the median round`;
}

function spread({ rounds }: Rounds): string {
  const rates = rounds.map((round) => pooledRate([round]));
  return `${fixed(pooledRate(rounds))} (${fixed(Math.min(...rates))} to ${fixed(Math.max(...rates))})`;
}

function rateOf(rates: readonly PodRate[], credspecs: number, arm: PodArm): PodRate | undefined {
  return rates.find(
    (rate) => rate.credspecs === credspecs && armInWords(rate.arm) === armInWords(arm),
  );
}

const grouped = (count: number): string => count.toLocaleString('en-US');
