// SPDX-License-Identifier: Apache-2.0
// Reads the operator's Deployments and pods.
import type { KubeClient } from '../../../kube/client/client.ts';
import type { PodObject } from '../pod.ts';
import {
  type LabelSelector,
  listAll,
  mapRead,
  reading,
  selectorText,
  valueOr,
} from '../reading.ts';
import { DEPLOYMENTS, PODS } from '../resources.ts';
import {
  type DeploymentObject,
  isOperators,
  NAME,
  NAME_LABEL,
  type OperatorWorkload,
} from './operator-workload.ts';

const USUAL: LabelSelector = { matchLabels: { [NAME_LABEL]: NAME } };

/** Reads what there is of it in a namespace. @throws what the client throws, but for missing rights. */
export async function readOperator(
  client: KubeClient,
  namespace: string,
): Promise<OperatorWorkload> {
  const all = await reading(listAll<DeploymentObject>(client, DEPLOYMENTS, { namespace }));
  const deployments = mapRead(all, (each) => each.filter(isOperators));
  const own = valueOr(deployments, []);
  // Who may not look at Deployments may know the pods by the usual label.
  const selectors = all.type === 'read' ? own.map(({ spec }) => spec.selector) : [USUAL];
  const [pods, elsewhere] = await Promise.all([
    reading(podsOf(client, namespace, selectors)),
    own.length === 0 ? otherNamespaces(client, namespace) : [],
  ]);
  return { deployments, pods, elsewhere };
}

async function podsOf(
  client: KubeClient,
  namespace: string,
  selectors: readonly LabelSelector[],
): Promise<readonly PodObject[]> {
  const lists = await Promise.all(
    selectors.map((selector) =>
      listAll<PodObject>(client, PODS, { namespace, labelSelector: selectorText(selector) }),
    ),
  );
  return lists.flat();
}

/** Somebody may have installed it there. */
async function otherNamespaces(client: KubeClient, namespace: string): Promise<readonly string[]> {
  const labelSelector = selectorText(USUAL);
  const found = await reading(listAll<DeploymentObject>(client, DEPLOYMENTS, { labelSelector }));
  const others = valueOr(found, []).map(({ metadata }) => metadata.namespace);
  return [...new Set(others)].filter((other) => other !== namespace).sort();
}
