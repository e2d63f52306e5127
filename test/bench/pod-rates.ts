// SPDX-License-Identifier: Apache-2.0
// (e) Pods through the API server, as dry runs: what a registered webhook costs those who create them. All
// kinds of pods have their turn in each round, so that what drifts meets them alike.
import { totalOf } from './prometheus-text.ts';
import type { AdmissionBench } from './admission-bench.ts';
import type { AdmissionScale } from './options.ts';
import {
  armInWords,
  type PodArm,
  type PodGroup,
  type PreparedGroup,
  prepareGroup,
} from './pod-groups.ts';
import { callsBetween, webhookCalls } from './registration.ts';
import { type Summary, summarize } from './statistics.ts';
import { runStraightLoad } from './straight-load.ts';
import { loadsInTurns, type TimedLoad } from './timed-load.ts';

/** What was found of one arm, all rounds together. */
export interface PodRate {
  readonly arm: PodArm;
  readonly credspecs: number;
  readonly rounds: readonly { readonly count: number; readonly seconds: number }[];
  /** Milliseconds. */
  readonly latency: Summary;
  /** Requests that the operator counted meanwhile, those for the other arms of the group among them. */
  readonly operatorCalls: number;
}

/** As many pods under way as a large Deployment has at once. */
export const CONCURRENCY = 16;

/** Some five times as long as it takes to create a pod. */
const TURN_SECONDS = 0.25;

/** Measures the groups: in their order, then backwards, and so on. */
export async function measurePodRates(
  admission: AdmissionBench,
  groups: readonly PodGroup[],
  scale: AdmissionScale,
  log: (line: string) => void,
): Promise<readonly PodRate[]> {
  const prepared = groups.map((arms) => prepareGroup(admission, arms));
  const turns = new Map<PodArm, Turn[]>(groups.flat().map((arm) => [arm, []]));
  await leadInStraight(admission, groups.flat(), scale);
  for (const group of prepared) {
    await takeTurns(admission, group, { ...scale, seconds: scale.leadInSeconds });
  }
  for (let round = 0; round < scale.rounds; round++) {
    for (const group of round % 2 === 0 ? prepared : prepared.toReversed()) {
      const seconds = group.arms.length > 1 ? scale.comparedSeconds : scale.seconds;
      for (const turn of await takeTurns(admission, group, { ...scale, seconds })) {
        turns.get(turn.arm)?.push(turn);
      }
    }
    const rates = [...turns].map(([arm, of]) => {
      const { count, seconds } = of.at(-1) ?? { count: 0, seconds: 1 };
      return `${armInWords(arm)} ${(count / seconds).toFixed(0)}`;
    });
    log(`pods/s, round ${round + 1} of ${scale.rounds}: ${rates.join('; ')}`);
  }
  return [...turns].map(([arm, of]) => ({
    arm,
    credspecs: admission.bench.workload.credspecs,
    rounds: of.map(({ count, seconds }) => ({ count, seconds })),
    latency: summarize(of.flatMap(({ latenciesMs }) => latenciesMs)),
    operatorCalls: of.reduce((sum, { operatorCalls }) => sum + operatorCalls, 0),
  }));
}

/**
 * V8 compiles what it has seen some thousand times, and the more there is of it, the longer that takes: what is counted
 * is what webhooks cost that are warm. Straight, one is asked that often in seconds, by way of pods in minutes.
 */
async function leadInStraight(
  { ours, reference, reviews }: AdmissionBench,
  arms: readonly PodArm[],
  { leadInSeconds }: AdmissionScale,
): Promise<void> {
  const addresses = arms.flatMap((arm) =>
    arm.webhook === 'none' ? [] : [{ ours, reference }[arm.webhook].addresses[arm.route]],
  );
  await runStraightLoad({
    arms: [...new Set(addresses)].flatMap((target) =>
      Object.values(reviews).map((request) => ({ target, request })),
    ),
    connections: CONCURRENCY,
    warmUpSeconds: 0,
    seconds: leadInSeconds,
  });
}

interface Turn extends TimedLoad {
  readonly arm: PodArm;
  readonly operatorCalls: number;
}

/** @throws Error where the API server has called anybody but those it should, or not as often. */
async function takeTurns(
  { bench, registrar, operator }: AdmissionBench,
  { registrations, probe, arms }: PreparedGroup,
  { warmUpSeconds, seconds }: AdmissionScale,
): Promise<readonly Turn[]> {
  await registrar.register(registrations, probe);
  const load = (loadSeconds: number): Promise<readonly TimedLoad[]> =>
    loadsInTurns({
      works: arms.map(({ createPod }) => createPod),
      concurrency: CONCURRENCY,
      seconds: loadSeconds,
      turnSeconds: TURN_SECONDS,
    });
  const look = async () => ({
    calls: await webhookCalls(bench.cluster),
    operator: totalOf(await operator.metrics(), 'controller_runtime_webhook_requests_total'),
  });
  await load(warmUpSeconds);
  const before = await look();
  const loads = await load(seconds);
  const after = await look();
  const called = callsBetween(before.calls, after.calls);
  const wanted = new Map(
    arms.flatMap(({ webhooks }, index) =>
      webhooks.map((name) => [name, loads[index]?.count ?? 0] as const),
    ),
  );
  if (inWords(called) !== inWords(wanted)) {
    throw new Error(
      `${arms.map(({ arm }) => armInWords(arm)).join('; ')}: the API server called [${inWords(called)}] and not [${inWords(wanted)}]`,
    );
  }
  return arms.flatMap(({ arm }, index) =>
    loads
      .slice(index, index + 1)
      .map((measured) => ({ ...measured, arm, operatorCalls: after.operator - before.operator })),
  );
}

function inWords(calls: ReadonlyMap<string, number>): string {
  return [...calls]
    .map(([name, count]) => `${name} ${count} times`)
    .sort()
    .join(', ');
}
