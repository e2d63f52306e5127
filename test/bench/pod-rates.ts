// SPDX-License-Identifier: Apache-2.0
// (e) Pods through the API server, as dry runs: what a registered webhook costs those who create them. All
// kinds of pods have their turn in each round, so that what drifts meets them alike.
import { totalOf } from './prometheus-text.ts';
import type { AdmissionBench } from './admission-bench.ts';
import { linuxPod, usableCredspecs, windowsPod } from './bench-pod.ts';
import { type Choice, labelsOf, onlyIfChosen } from './chosen-webhooks.ts';
import type { AdmissionScale } from './options.ts';
import type { Configurations } from './reference-webhook.ts';
import { callsBetween, podWebhooks, webhookCalls } from './registration.ts';
import { type Summary, summarize } from './statistics.ts';
import { runStraightLoad } from './straight-load.ts';
import { loadsInTurns, type TimedLoad } from './timed-load.ts';

/** Which pods are created, and who is called for them. */
export type PodArm =
  | { readonly pods: 'Linux' | 'Windows'; readonly webhook: 'none' }
  | ({ readonly pods: 'Linux' | 'Windows' } & Choice);

/** Arms that take turns while all of their webhooks are registered, and nobody else's. */
export type PodGroup = readonly PodArm[];

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

/** Neighbours in time are compared. */
export const COMPARISONS: PodGroup = [
  { pods: 'Windows', webhook: 'ours', route: 'Service' },
  { pods: 'Windows', webhook: 'reference', route: 'Service' },
  { pods: 'Windows', webhook: 'reference', route: 'URL' },
  { pods: 'Windows', webhook: 'ours', route: 'URL' },
];

/** With what does without a webhook. */
export const ALL_GROUPS: readonly PodGroup[] = [
  [{ pods: 'Windows', webhook: 'none' }],
  [{ pods: 'Linux', webhook: 'none' }],
  [{ pods: 'Linux', webhook: 'ours', route: 'Service' }],
  COMPARISONS,
];

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
      for (const turn of await takeTurns(admission, group, scale)) turns.get(turn.arm)?.push(turn);
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

/** As in the table: `Windows pods, ours by Service`. */
export function armInWords(arm: PodArm): string {
  return arm.webhook === 'none'
    ? `${arm.pods} pods, no webhook`
    : `${arm.pods} pods, ${arm.webhook} by ${arm.route}`;
}

interface PreparedGroup {
  readonly registrations: readonly Configurations[];
  /** Makes a pod for which all of them are called. */
  readonly probe: () => Promise<unknown>;
  readonly arms: readonly {
    readonly arm: PodArm;
    readonly createPod: () => Promise<unknown>;
    /** The names of the webhooks that are called for each pod. */
    readonly webhooks: readonly string[];
  }[];
}

/** Where one set of webhooks is enough, it is registered as in production. */
function prepareGroup(
  { bench, createPod, ours, reference }: AdmissionBench,
  group: PodGroup,
): PreparedGroup {
  const credspecs = usableCredspecs(bench.workload);
  const choices = group.flatMap((arm) => (arm.webhook === 'none' ? [] : [arm]));
  const registered = new Map<PodArm, Configurations>(
    choices.map((choice) => {
      const configurations = { ours, reference }[choice.webhook].registrations[choice.route];
      return [choice, choices.length > 1 ? onlyIfChosen(choice, configurations) : configurations];
    }),
  );
  return {
    registrations: [...registered.values()],
    probe: () => createPod(windowsPod(credspecs[0] ?? '', labelsOf(choices))),
    arms: group.map((arm) => {
      const labels = labelsOf(arm.webhook === 'none' ? [] : [arm]);
      let next = 0;
      // Credspecs in turn, as a cluster with many has them.
      const pod = (): object =>
        arm.pods === 'Linux'
          ? linuxPod(labels)
          : windowsPod(credspecs[next++ % credspecs.length] ?? '', labels);
      const isCalled = arm.pods === 'Windows';
      return {
        arm,
        createPod: () => createPod(pod()),
        webhooks: isCalled ? podWebhooks(registered.get(arm) ?? []) : [],
      };
    }),
  };
}

/**
 * V8 compiles what it has seen some thousand times, and the more there is of it, the longer that takes. Straight, a
 * webhook is asked that often in seconds; by way of pods it would take minutes, half of which would be counted.
 */
async function leadInStraight(
  { ours, reference, reviews }: AdmissionBench,
  arms: readonly PodArm[],
  { leadInSeconds }: AdmissionScale,
): Promise<void> {
  const addresses = arms.flatMap((arm) =>
    arm.webhook === 'none' ? [] : [{ ours, reference }[arm.webhook].addresses[arm.route]],
  );
  const targets = new Map(addresses.map((address) => [address.port, address])).values();
  await runStraightLoad({
    arms: [...targets].flatMap((target) =>
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
