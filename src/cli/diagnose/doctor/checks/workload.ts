// SPDX-License-Identifier: Apache-2.0
// The operator's Deployment and pods: whether they are there, and run. Pure.
import { isActive, type PodObject } from '../../pod.ts';
import { valueOr } from '../../reading.ts';
import { shownMessage } from '../../shown-message.ts';
import { type Judgement, found, judged, ok, type Severity, unreadable } from '../finding.ts';
import { leaseState } from '../lease-state.ts';
import type { DeploymentObject } from '../operator-workload.ts';
import { podTrouble, type PodTrouble } from '../pod-trouble.ts';
import type { DoctorRemedy } from '../remedies.ts';
import type { Snapshot } from '../snapshot.ts';

/** Pods that are told one by one. */
const MAX_TOLD = 10;

const REMEDIES = {
  crashing: 'operator-pod-crashing',
  image: 'operator-image',
  'not-ready': 'operator-pod-not-ready',
  'not-started': 'operator-pod-not-started',
} as const satisfies Readonly<Record<PodTrouble['type'], DoctorRemedy>>;

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
  const what = {
    crashing: 'ends again and again',
    image: 'does not get its image',
    'not-ready': 'is not ready',
    'not-started': 'is not started',
  }[type];
  return found(severity, `pod ${name} ${what}${why === '' ? '' : `: ${why}`}`, REMEDIES[type], {
    namespace,
    pod: name,
  });
}
