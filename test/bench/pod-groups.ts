// SPDX-License-Identifier: Apache-2.0
// The kinds of pods that (e) compares, and what has to be registered while they have their turns.
import type { AdmissionBench } from './admission-bench.ts';
import { linuxPod, usableCredspecs, windowsPod } from './bench-pod.ts';
import { type Choice, labelsOf, onlyIfChosen } from './chosen-webhooks.ts';
import type { Configurations } from './reference-webhook.ts';
import { podWebhooks } from './registration.ts';

/** Which pods are created, and who is called for them. */
export type PodArm =
  | { readonly pods: 'Linux' | 'Windows'; readonly webhook: 'none' }
  | ({ readonly pods: 'Linux' | 'Windows' } & Choice<'ours' | 'reference'>);

/** Arms that take turns while all of their webhooks are registered, and nobody else's. */
export type PodGroup = readonly PodArm[];

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

/** As in the table: `Windows pods, ours by Service`. */
export function armInWords(arm: PodArm): string {
  return arm.webhook === 'none'
    ? `${arm.pods} pods, no webhook`
    : `${arm.pods} pods, ${arm.webhook} by ${arm.route}`;
}

/** A group that can have its turns. */
export interface PreparedGroup {
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
export function prepareGroup(
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
