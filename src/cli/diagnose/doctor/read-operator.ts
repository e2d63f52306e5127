// SPDX-License-Identifier: Apache-2.0
// Reads the operator's Deployments and pods.
import type { KubeClient } from '../../../kube/client/client.ts';
import type { PodObject } from '../pod.ts';
import { listAll, type Reading, reading, valueOr } from '../reading.ts';
import { DEPLOYMENTS, PODS } from '../resources.ts';
import {
  type DeploymentObject,
  isOperators,
  NAME,
  NAME_LABEL,
  type OperatorWorkload,
} from './operator-workload.ts';

const USUAL_LABELS = { [NAME_LABEL]: NAME };

/** Reads what there is of it in a namespace. @throws what the client throws, but for missing rights. */
export async function readOperator(
  client: KubeClient,
  namespace: string,
): Promise<OperatorWorkload> {
  const all = await reading(listAll<DeploymentObject>(client, DEPLOYMENTS, { namespace }));
  const deployments: Reading<readonly DeploymentObject[]> =
    all.type === 'read' ? { type: 'read', value: all.value.filter(isOperators) } : all;
  const own = valueOr(deployments, []);
  // Who may not look at Deployments may know the pods by the usual label.
  const selectors =
    all.type === 'read' ? own.map(({ spec }) => spec.selector.matchLabels ?? {}) : [USUAL_LABELS];
  const [pods, elsewhere] = await Promise.all([
    reading(podsOf(client, namespace, selectors)),
    own.length === 0 ? otherNamespaces(client, namespace) : [],
  ]);
  return { deployments, pods, elsewhere };
}

async function podsOf(
  client: KubeClient,
  namespace: string,
  selectors: readonly Readonly<Record<string, string>>[],
): Promise<readonly PodObject[]> {
  const lists = await Promise.all(
    selectors.map((labels) =>
      listAll<PodObject>(client, PODS, { namespace, labelSelector: selectorText(labels) }),
    ),
  );
  return lists.flat();
}

/** Somebody may have installed it there. */
async function otherNamespaces(client: KubeClient, namespace: string): Promise<readonly string[]> {
  const labelSelector = selectorText(USUAL_LABELS);
  const found = await reading(listAll<DeploymentObject>(client, DEPLOYMENTS, { labelSelector }));
  const others = valueOr(found, []).map(({ metadata }) => metadata.namespace);
  return [...new Set(others)].filter((other) => other !== namespace).sort();
}

function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}
