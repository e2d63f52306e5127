// SPDX-License-Identifier: Apache-2.0
// Why a pod of the operator does not run, from its status. Pure.
import type { ContainerStatus, PodObject } from '../pod.ts';
import { shownMessage } from '../shown-message.ts';

/** What is wrong with it. */
export interface PodTrouble {
  readonly type: 'crashing' | 'image' | 'not-ready' | 'not-started';
  /** In the words of Kubernetes. */
  readonly why: string;
}

/** Reasons of a container that waits for its image. */
const IMAGE_REASONS = new Set([
  'ErrImageNeverPull',
  'ErrImagePull',
  'ErrRegistryUnavailable',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
]);

/** Reasons of a container that is on its way. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** Of a pod that is neither ended nor about to; undefined where it is ready. */
export function podTrouble({ status }: PodObject): PodTrouble | undefined {
  const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const ready = condition('Ready');
  if (ready?.status === 'True') return undefined;
  const ofContainer = (status?.containerStatuses ?? []).flatMap(
    (each) => containerTrouble(each) ?? [],
  );
  const [first] = ofContainer;
  if (first !== undefined) return first;
  const scheduled = condition('PodScheduled');
  if (scheduled?.status === 'False') return { type: 'not-started', why: words(scheduled) };
  return { type: 'not-ready', why: ready === undefined ? '' : words(ready) };
}

function containerTrouble({ state, lastState }: ContainerStatus): PodTrouble | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const { reason = '' } = state?.waiting ?? {};
  if (IMAGE_REASONS.has(reason)) return { type: 'image', why: words(state?.waiting ?? {}) };
  if (reason === 'CrashLoopBackOff' || state?.terminated !== undefined) {
    const last = ended === undefined ? '' : `ended with ${endWords(ended)}`;
    return { type: 'crashing', why: [reason, last].filter((part) => part !== '').join(', ') };
  }
  if (reason === '' || STARTING.has(reason)) return undefined;
  return { type: 'not-started', why: words(state?.waiting ?? {}) };
}

function endWords({
  reason,
  exitCode,
}: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>): string {
  const code = exitCode === undefined ? '' : `exit code ${exitCode}`;
  return [reason ?? '', code].filter((part) => part !== '').join(', ');
}

function words({
  reason = '',
  message = '',
}: {
  readonly reason?: string;
  readonly message?: string;
}): string {
  return [reason, shownMessage(message)].filter((part) => part !== '').join(': ');
}
