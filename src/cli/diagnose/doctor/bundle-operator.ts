// SPDX-License-Identifier: Apache-2.0
// The operator's part of the bundle, put together field by field as the rest of it. Pure.
import type { ContainerStatus, ObjectCondition, PodObject } from '../pod.ts';
import { type Reading, valueOr } from '../reading.ts';
import { shownMessage } from '../shown-message.ts';
import type { OperatorLog } from './operator-logs.ts';
import { type DeploymentObject, mainContainer } from './operator-workload.ts';
import { redactLog } from './redact-log.ts';

/** A Deployment: how many replicas of what, and how many run. */
export function deploymentFacts({ metadata, spec, status }: DeploymentObject) {
  const { template } = spec;
  return {
    name: metadata.name,
    chart: metadata.labels?.['helm.sh/chart'],
    image: mainContainer(template.spec.containers, template.metadata?.annotations)?.image,
    serviceAccount: template.spec.serviceAccountName,
    replicas: spec.replicas,
    availableReplicas: status?.availableReplicas ?? 0,
    conditions: status?.conditions?.map(conditionFacts),
  };
}

/** One of its pods: where it is, and how its containers are. */
export function operatorPodFacts({ metadata, spec, status }: PodObject) {
  return {
    name: metadata.name,
    creationTimestamp: metadata.creationTimestamp,
    deletionTimestamp: metadata.deletionTimestamp,
    node: spec.nodeName,
    serviceAccount: spec.serviceAccountName,
    phase: status?.phase,
    conditions: status?.conditions?.map(conditionFacts),
    containers: spec.containers.map(({ name, image }) => {
      const own = status?.containerStatuses?.find((each) => each.name === name);
      return {
        name,
        image,
        ready: own?.ready,
        restartCount: own?.restartCount,
        state: stateFacts(own?.state),
        lastState: stateFacts(own?.lastState),
      };
    }),
  };
}

/** The logs as files, or one that says why there are none. */
export function logFiles(
  pods: Reading<readonly PodObject[]>,
  logs: readonly OperatorLog[],
): readonly { readonly name: string; readonly text: string }[] {
  if (pods.type === 'unreadable') {
    const text = `You may not list the operator's pods, so there are no logs: ${shownMessage(pods.why)}\n`;
    return [{ name: 'operator-logs/none.txt', text }];
  }
  if (valueOr(pods, []).length === 0) {
    const text = 'The operator has no pods here, so there are no logs.\n';
    return [{ name: 'operator-logs/none.txt', text }];
  }
  return logs.map(({ pod, previous, text }) => ({
    name: `operator-logs/${pod}${previous ? '.previous' : ''}.log`,
    text,
  }));
}

function conditionFacts({ type, status, reason, message }: ObjectCondition) {
  return { type, status, reason, message: message && redactLog(shownMessage(message)) };
}

function stateFacts(state: ContainerStatus['state']) {
  if (state === undefined) return undefined;
  const { running, waiting, terminated } = state;
  const { reason, message } = waiting ?? terminated ?? {};
  return {
    state: running === undefined ? (waiting === undefined ? 'terminated' : 'waiting') : 'running',
    reason,
    message: message && redactLog(shownMessage(message)),
    exitCode: terminated?.exitCode,
    finishedAt: terminated?.finishedAt,
  };
}
