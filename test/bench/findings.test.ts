// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ColdStart } from './cold-start.ts';
import { findingsOf } from './findings.ts';
import type { Figures } from './stages.ts';
import type { Scale } from './options.ts';

const SCALE: Scale = {
  name: 'full',
  small: 1_000,
  large: 10_000,
  namespaces: 20,
  latencySamples: 1,
  steadySeconds: 60,
  settleSeconds: 30,
  admission: {
    ...{ small: 100, large: 1_000, rounds: 2 },
    ...{ leadInSeconds: 1, warmUpSeconds: 1, seconds: 1, comparedSeconds: 1, memorySeconds: 1 },
  },
  pluginRuns: 1,
};

const NOTHING: Figures = {
  kubernetes: 'v1.37.2',
  ...{ coldStarts: [], steadyStates: [], memory: [] },
  ...{ podRates: [], straightRates: [], pluginStarts: [] },
};

function coldStart(
  who: ColdStart['who'],
  seconds: number,
  { credspecs = 1_000, namespaces = 20, surplus = 0 } = {},
): ColdStart {
  return {
    ...{ who, credspecs, namespaces, count: 5 * credspecs, surplus, refused: 0, seconds },
    ...{ secondsFromProcessStart: seconds + 1, inFlight: 15, cpuSeconds: 1 },
  };
}

const summary = (p99: number) => ({ count: 100, p50: 1, p99, max: p99 });

const verdicts = (figures: Partial<Figures>) =>
  findingsOf({ ...NOTHING, ...figures }, SCALE).map(
    ({ measurement, required, measured, ok }) =>
      `${measurement}: ${measured}, required ${required}: ${ok ? 'yes' : 'no'}`,
  );

describe('findingsOf', () => {
  it('compares all cold starts of the operator with all of the bare loop', () => {
    const coldStarts = [
      coldStart('operator', 10),
      coldStart('bare loop', 9),
      coldStart('bare loop', 7),
      coldStart('operator', 10),
      coldStart('operator', 160, { credspecs: 10_000, namespaces: 200 }),
    ];
    expect(verdicts({ coldStarts })).toEqual([
      'a: 0.80, required ≥ 0.8: yes',
      'a: 1.60 ×, required ≤ 1.5 ×: no',
      'a: 0, required ≤ 0: yes',
    ]);
  });

  it('takes the slowest command line of the plugin, those without a cluster apart', () => {
    const start = (reaches: 'cluster' | 'nothing', p50: number) => ({
      ...{ command: 'kubectl gmsa', reaches, ms: { ...summary(2_000), p50 } },
    });
    const pluginStarts = [start('nothing', 90), start('nothing', 351), start('cluster', 800)];
    expect(verdicts({ pluginStarts })).toEqual([
      'h: 351 ms, required ≤ 350 ms: no',
      'h: 800 ms, required ≤ 800 ms: yes',
    ]);
  });

  it('counts writes that were not needed, whoever was faster', () => {
    const coldStarts = [
      coldStart('operator', 5, { surplus: 1 }),
      coldStart('bare loop', 10),
      coldStart('operator', 50, { credspecs: 10_000, namespaces: 200, surplus: 2 }),
    ];
    expect(verdicts({ coldStarts })).toContain('a: 3, required ≤ 0: no');
  });

  it('does not judge cold starts that other measurements began with', () => {
    expect(verdicts({ coldStarts: [coldStart('operator', 10)] })).toEqual([]);
  });

  it('holds the grant to its latency, not the revocation', () => {
    const latency = {
      ...{ grant: summary(100), revoke: summary(900) },
      ...{ status: summary(900), patch: summary(900) },
    };
    expect(verdicts({ latency })).toEqual(['b: 100 ms, required ≤ 100 ms: yes']);
  });

  it('holds the memory to the limit of its number of credspecs', () => {
    const settled = { resident: 150, anonymous: 90, peak: 180, seconds: 30, settled: true };
    const memory = [
      { ...settled, credspecs: 1_000, since: 'restart' as const },
      { ...settled, credspecs: 10_000, since: 'cold start' as const },
    ];
    expect(verdicts({ memory })).toEqual([
      'd: 150 MB, required ≤ 130 MB: no',
      'd: 150 MB, required ≤ 220 MB: yes',
    ]);
  });
});
