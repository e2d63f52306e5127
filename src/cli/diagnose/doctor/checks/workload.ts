// SPDX-License-Identifier: Apache-2.0
// The operator's Deployment and pods: whether they are there, and run. Pure.
import { type ContainerStatus, isActive, type ObjectCondition, type PodObject } from '../../pod.ts';
import { valueOr } from '../../reading.ts';
import { shownMessage } from '../../shown-message.ts';
import { found, judged, type Judgement, ok, type Severity, unreadable } from '../finding.ts';
import { leaseState } from '../lease-state.ts';
import type { DeploymentObject } from '../operator-workload.ts';
import type { DoctorRemedy } from '../remedies.ts';
import type { Snapshot } from '../snapshot.ts';

/** Pods that are told one by one. */
const MAX_TOLD = 10;

/** What can be wrong with a pod, and what to do about it. */
const TROUBLES = {
  crashing: ['ends again and again', 'operator-pod-crashing'],
  image: ['does not get its image', 'operator-image'],
  'not-ready': ['is not ready', 'operator-pod-not-ready'],
  'not-started': ['is not started', 'operator-pod-not-started'],
} as const satisfies Readonly<Record<string, readonly [what: string, remedy: DoctorRemedy]>>;

interface PodTrouble {
  readonly type: keyof typeof TROUBLES;
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

/** Judges them. */
export function checkWorkload(snapshot: Snapshot): readonly Judgement[] {
  const { workload, namespace } = snapshot;
  return [
    ...judged(
      workload.deployments,
      `Deployments in namespace ${namespace}`,
      (all) => (all.length === 0 ? [missing(snapshot)] : all.map(checkDeployment)),
      [missing(snapshot)],
    ),
    ...(workload.pods.type === 'unreadable'
      ? [unreadable(`pods in namespace ${namespace}`)]
      : checkPods(snapshot)),
  ];
}

/** A process of which the API server knows no pod may lead all the same. */
function missing(snapshot: Snapshot): Judgement {
  const { namespace, workload } = snapshot;
  const leads = leaseState(snapshot);
  const severity = { held: 'note', unknown: 'warning', free: 'error', silent: 'error' } as const;
  const [other] = workload.elsewhere;
  const what = `there is no Deployment of the operator in namespace ${namespace}`;
  if (other !== undefined) {
    return found(
      severity[leads],
      `${what}, but there is one in ${workload.elsewhere.join(', ')}`,
      'operator-elsewhere',
      { namespace: other },
    );
  }
  return leads === 'held'
    ? found(
        'note',
        `${what}: what leads runs outside of the cluster, or has other labels`,
        'operator-without-deployment',
      )
    : found(severity[leads], what, 'operator-missing');
}

function checkDeployment({ metadata, spec, status }: DeploymentObject): Judgement {
  const { namespace, name } = metadata;
  const { replicas = 1 } = spec;
  const available = status?.availableReplicas ?? 0;
  const values = { namespace, deployment: name, replicas: String(Math.max(replicas, 2)) };
  if (replicas === 0) {
    const message = `Deployment ${name} is scaled to 0 replicas`;
    return found('error', message, 'operator-scaled-to-zero', values);
  }
  const counted = `Deployment ${name}: ${available} of ${replicas} replicas available`;
  if (available >= replicas) return ok(counted);
  const failure = status?.conditions?.find(
    ({ type, status: is }) => type === 'ReplicaFailure' && is === 'True',
  );
  const why = failure === undefined ? '' : `: ${shownMessage(failure.message ?? '')}`;
  return found(
    available === 0 ? 'error' : 'warning',
    `${counted}${why}`,
    'operator-unavailable',
    values,
  );
}

function checkPods({ workload }: Snapshot): readonly Judgement[] {
  const pods = valueOr(workload.pods, []).filter(isActive);
  const troubles = pods.flatMap((pod) => {
    const trouble = podTrouble(pod);
    return trouble === undefined ? [] : [{ pod, trouble }];
  });
  // One that serves is enough for all that is waited for.
  const severity = troubles.length < pods.length ? 'warning' : 'error';
  return troubles.slice(0, MAX_TOLD).map(({ pod, trouble }) => podFinding(pod, trouble, severity));
}

function podFinding(
  { metadata: { namespace, name } }: PodObject,
  { type, why }: PodTrouble,
  severity: Exclude<Severity, 'ok'>,
): Judgement {
  const [what, remedy] = TROUBLES[type];
  return found(severity, `pod ${name} ${what}${why === '' ? '' : `: ${why}`}`, remedy, {
    namespace,
    pod: name,
  });
}

/** Of a pod that is neither ended nor about to; undefined where it is ready. */
function podTrouble({ status }: PodObject): PodTrouble | undefined {
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

function words({ reason = '', message = '' }: Partial<ObjectCondition>): string {
  return [reason, shownMessage(message)].filter((part) => part !== '').join(': ');
}
