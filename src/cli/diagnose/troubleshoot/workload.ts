// SPDX-License-Identifier: Apache-2.0
// The pods of a workload: those that there are, and how many it lacks. Pure but for the types.
import type { KubeObject, ObjectMeta } from '../../../kube/managed-object.ts';
import { isActive, type ObjectCondition, type PodObject } from '../pod.ts';
import type { LabelSelector } from '../reading.ts';
import type { EventObject } from '../refusal.ts';

/** A Deployment, StatefulSet, DaemonSet, ReplicaSet or Job, as far as it is looked at. */
export interface WorkloadObject extends KubeObject {
  readonly metadata: ObjectMeta & { readonly uid: string };
  readonly spec?: {
    readonly replicas?: number;
    readonly parallelism?: number;
    readonly suspend?: boolean;
    readonly selector?: LabelSelector;
  };
  readonly status?: {
    readonly desiredNumberScheduled?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly ObjectCondition[];
  };
}

const REVISION = 'deployment.kubernetes.io/revision';

/** Whether an object belongs to this owner. */
export function isOwnedBy({ metadata }: KubeObject, uid: string): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** Of a Deployment's ReplicaSets the one that it makes pods with now. */
export function newest(replicaSets: readonly WorkloadObject[]): WorkloadObject | undefined {
  const revision = ({ metadata }: WorkloadObject): number =>
    Number(metadata.annotations?.[REVISION] ?? 0);
  return replicaSets.toSorted((a, b) => revision(b) - revision(a))[0];
}

/** How many pods it lacks, of those that it makes now. */
export function missingPods(workload: WorkloadObject, pods: readonly PodObject[]): number {
  const { spec, status } = workload;
  const active = pods.filter(isActive).length;
  switch (workload.kind) {
    case 'DaemonSet':
      return Math.max(0, (status?.desiredNumberScheduled ?? 0) - active);
    case 'Job': {
      const ended = (status?.succeeded ?? 0) + (status?.failed ?? 0);
      return Math.max(0, (spec?.parallelism ?? 1) - active - ended);
    }
    default:
      return Math.max(0, (spec?.replicas ?? 1) - active);
  }
}

/** Why it is to have no pods now, where that is so. */
export function whyNoPods({ kind, spec, status }: WorkloadObject): string | undefined {
  switch (kind) {
    case 'DaemonSet':
      return status?.desiredNumberScheduled === 0 ? 'it chooses none of the nodes' : undefined;
    case 'Job': {
      if (spec?.suspend === true) return 'suspend: true';
      const end = status?.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed');
      return end?.status === 'True' ? `the job has ended (${end.type})` : undefined;
    }
    default:
      return spec?.replicas === 0 ? 'replicas: 0' : undefined;
  }
}

/**
 * The pod that a ReplicaSet could not make by its own status, as an Event would tell it: whoever may not list
 * Events may read that. Others have no such condition.
 */
export function failureInStatus({ metadata, status }: WorkloadObject): EventObject | undefined {
  const failure = status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  if (failure?.status !== 'True') return undefined;
  const { namespace = '', name, uid } = metadata;
  return {
    metadata: {},
    involvedObject: { kind: 'ReplicaSet', namespace, name, uid },
    reason: failure.reason ?? '',
    message: failure.message ?? '',
    lastTimestamp: failure.lastTransitionTime ?? null,
  };
}

/** The pod to look into: one that does not run before one that does, else the one that was made last. */
export function choosePod(pods: readonly PodObject[]): PodObject | undefined {
  const active = pods.filter(isActive);
  const byAge = (active.length > 0 ? active : pods).toSorted((a, b) =>
    (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1,
  );
  return byAge.find(({ status }) => status?.phase !== 'Running') ?? byAge[0];
}
