// SPDX-License-Identifier: Apache-2.0
// The operator's Deployment and pods as the API server holds them, for tests of what is judged of them.
import type { DeploymentObject, OperatorWorkload } from '../doctor/operator-workload.ts';
import type { PodObject } from '../pod.ts';
import { read } from './read.ts';

/** The operator's pod, which runs. */
export function operatorPod({
  name = 'gmsa-operator-0',
  image = 'ghcr.io/gmsa-operator/gmsa-operator:0.1.0',
  status = {},
  metadata = {},
}: {
  readonly name?: string;
  readonly image?: string;
  readonly status?: NonNullable<PodObject['status']>;
  readonly metadata?: Partial<PodObject['metadata']>;
} = {}): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'gmsa-operator-system', uid: name, ...metadata },
    spec: { serviceAccountName: 'gmsa-operator', containers: [{ name: 'manager', image }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'manager', ready: true, restartCount: 0, state: { running: {} } },
      ],
      ...status,
    },
  };
}

/** The operator's Deployment, as config/ has it. */
export function operatorDeployment({
  image = 'ghcr.io/gmsa-operator/gmsa-operator:0.1.0',
  args = [],
  metadata = {},
  replicas = 1,
  status = { availableReplicas: 1 },
}: {
  readonly image?: string;
  readonly args?: readonly string[];
  readonly metadata?: Partial<DeploymentObject['metadata']>;
  readonly replicas?: number;
  readonly status?: NonNullable<DeploymentObject['status']>;
} = {}): DeploymentObject {
  const labels = { 'app.kubernetes.io/name': 'gmsa-operator' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gmsa-operator', namespace: 'gmsa-operator-system', labels, ...metadata },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'gmsa-operator',
          containers: [{ name: 'manager', image, args: ['run', ...args] }],
        },
      },
    },
    status,
  };
}

/** A Deployment with a pod. */
export function soundWorkload(more: Partial<OperatorWorkload> = {}): OperatorWorkload {
  return {
    deployments: read([operatorDeployment()]),
    pods: read([operatorPod()]),
    elsewhere: [],
    ...more,
  };
}
