// SPDX-License-Identifier: Apache-2.0
// (e) Pods through the API server, as dry runs: what a registered webhook costs those who create them. All
// kinds of pods have their turn in each round, so that what drifts meets them alike.
import { totalOf } from './prometheus-text.ts';
import type { AdmissionBench, Route } from './admission-bench.ts';
import { linuxPod, usableCredspecs, windowsPod } from './bench-pod.ts';
import type { AdmissionScale } from './options.ts';
import type { Configurations } from './reference-webhook.ts';
import { callsBetween, webhookCalls } from './registration.ts';
import { type Summary, summarize } from './statistics.ts';
import { timedLoad } from './timed-load.ts';

/** Which pods are created, and who is registered meanwhile. */
export type PodArm =
  | { readonly pods: 'Linux' | 'Windows'; readonly webhook: 'none' }
  | {
      readonly pods: 'Linux' | 'Windows';
      readonly webhook: 'ours' | 'reference';
      readonly route: Route;
    };

/** What was found of one arm, all rounds together. */
export interface PodRate {
  readonly arm: PodArm;
  readonly credspecs: number;
  readonly rounds: readonly { readonly count: number; readonly seconds: number }[];
  /** Milliseconds. */
  readonly latency: Summary;
  /** Requests that the operator counted meanwhile. */
  readonly operatorCalls: number;
}

/** As many pods under way as a large Deployment has at once. */
export const CONCURRENCY = 16;

/** Those to compare are neighbours, and those with the same registration as far as they can be. */
export const COMPARISONS: readonly PodArm[] = [
  { pods: 'Windows', webhook: 'ours', route: 'Service' },
  { pods: 'Windows', webhook: 'reference', route: 'Service' },
  { pods: 'Windows', webhook: 'reference', route: 'URL' },
  { pods: 'Windows', webhook: 'ours', route: 'URL' },
];

/** With what does without a webhook. */
export const ALL_ARMS: readonly PodArm[] = [
  { pods: 'Windows', webhook: 'none' },
  { pods: 'Linux', webhook: 'none' },
  { pods: 'Linux', webhook: 'ours', route: 'Service' },
  ...COMPARISONS,
];

/** Measures the arms: in their order, then backwards, and so on. */
export async function measurePodRates(
  admission: AdmissionBench,
  arms: readonly PodArm[],
  scale: AdmissionScale,
  log: (line: string) => void,
): Promise<readonly PodRate[]> {
  const turns = new Map<PodArm, Turn[]>(arms.map((arm) => [arm, []]));
  const leadIn = { ...scale, seconds: scale.leadInSeconds };
  for (const arm of arms) await turnOf(admission, arm, leadIn);
  for (let round = 0; round < scale.rounds; round++) {
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) {
      turns.get(arm)?.push(await turnOf(admission, arm, scale));
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

interface Turn {
  readonly count: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly operatorCalls: number;
}

/** @throws Error where the API server has called anybody but those it should, or not as often. */
async function turnOf(
  { bench, registrar, operator, createPod, ...webhooks }: AdmissionBench,
  arm: PodArm,
  { warmUpSeconds, seconds }: AdmissionScale,
): Promise<Turn> {
  const registered =
    arm.webhook === 'none' ? undefined : webhooks[arm.webhook].registrations[arm.route];
  await registrar.register(registered);
  const nextPod = podsOf(arm, usableCredspecs(bench.workload));
  const load = (loadSeconds: number) =>
    timedLoad({
      concurrency: CONCURRENCY,
      seconds: loadSeconds,
      work: () => createPod(nextPod()),
    });
  const look = async () => ({
    calls: await webhookCalls(bench.cluster),
    operator: totalOf(await operator.metrics(), 'controller_runtime_webhook_requests_total'),
  });
  await load(warmUpSeconds);
  const before = await look();
  const measured = await load(seconds);
  const after = await look();
  const called = [...callsBetween(before.calls, after.calls)];
  const wanted = arm.pods === 'Linux' ? [] : podWebhooks(registered);
  const asWanted =
    called.length === wanted.length &&
    called.every(([name, count]) => wanted.includes(name) && count === measured.count);
  if (!asWanted) {
    const found = called.map(([name, count]) => `${name} ${count} times`).join(', ');
    throw new Error(
      `${armInWords(arm)}: the API server called [${found}] for ${measured.count} pods, and not [${wanted.join(', ')}] for each`,
    );
  }
  return { ...measured, operatorCalls: after.operator - before.operator };
}

/** Credspecs in turn, as a cluster with many has them. */
function podsOf({ pods }: PodArm, credspecs: readonly string[]): () => object {
  if (pods === 'Linux') return linuxPod;
  let next = 0;
  return () => windowsPod(credspecs[next++ % credspecs.length] ?? '');
}

function podWebhooks(configurations: Configurations | undefined): readonly string[] {
  return (configurations ?? [])
    .flatMap(({ webhooks = [] }) => webhooks.map(({ name }) => name))
    .filter((name) => name.includes('-pods.'));
}
