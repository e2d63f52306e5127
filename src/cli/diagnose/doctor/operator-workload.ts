// SPDX-License-Identifier: Apache-2.0
// The operator as it runs in the cluster: its Deployments and pods, and what they tell of it. Pure.
import type { KubeObject, ObjectMeta } from '../../../kube/managed-object.ts';
import type { ContainerObject, ObjectCondition, PodObject } from '../pod.ts';
import { type LabelSelector, type Reading, valueOr } from '../reading.ts';

/** What of it was read. */
export interface OperatorWorkload {
  /** Those of the operator, in the namespace that is looked in. */
  readonly deployments: Reading<readonly DeploymentObject[]>;
  readonly pods: Reading<readonly PodObject[]>;
  /** Other namespaces with such a Deployment, where there is none in that one. */
  readonly elsewhere: readonly string[];
}

/** A Deployment (apps/v1), as far as it is looked at. */
export interface DeploymentObject extends KubeObject {
  readonly metadata: ObjectMeta & { readonly namespace: string };
  readonly spec: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: {
      readonly metadata?: Partial<ObjectMeta>;
      readonly spec: {
        readonly serviceAccountName?: string;
        readonly containers: readonly OperatorContainer[];
      };
    };
  };
  readonly status?: {
    readonly availableReplicas?: number;
    readonly conditions?: readonly ObjectCondition[];
  };
}

/** A container of its template. */
export interface OperatorContainer extends ContainerObject {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

type Labels = Readonly<Record<string, string>>;

/** The label and value by which config/ and the chart name it. */
export const NAME_LABEL = 'app.kubernetes.io/name';
export const NAME = 'gmsa-operator';

/** Whether it is of the operator: by that label, or by the chart's, whose name labels may be others. */
export function isOperators({ metadata, spec }: DeploymentObject): boolean {
  return [metadata.labels, spec.template.metadata?.labels].some(
    (labels) =>
      labels?.[NAME_LABEL] === NAME || labels?.['helm.sh/chart']?.startsWith(`${NAME}-`) === true,
  );
}

/** The container with the operator: others may stand beside it. */
export function mainContainer<C extends ContainerObject>(
  containers: readonly C[],
  annotations: Labels | undefined,
): C | undefined {
  const name = annotations?.['kubectl.kubernetes.io/default-container'] ?? 'manager';
  return containers.find((container) => container.name === name) ?? containers[0];
}

/** An image that runs or is to run, and which version that is, where it can be told. */
export interface OperatorImage {
  readonly image: string;
  readonly version: string | undefined;
}

/** All of them, each once. */
export function operatorImages({
  deployments,
  pods,
}: Pick<OperatorWorkload, 'deployments' | 'pods'>): readonly OperatorImage[] {
  const templates = valueOr(deployments, []).map(({ spec: { template } }) => template);
  const all = [...templates, ...valueOr(pods, [])].map(({ metadata, spec }) => {
    const { image = '' } = mainContainer(spec.containers, metadata?.annotations) ?? {};
    return { image, version: versionOf(image, metadata?.labels) };
  });
  return [...new Map(all.map((each) => [`${each.image} ${each.version ?? ''}`, each])).values()];
}

/** The image's tag, which may be another than the chart's; where that is none, what the label says. */
function versionOf(image: string, labels: Labels | undefined): string | undefined {
  const [reference = ''] = image.split('@');
  const tag = reference.slice(reference.lastIndexOf('/') + 1).split(':')[1];
  return [tag, labels?.['app.kubernetes.io/version']].find(
    (candidate) => candidate !== undefined && parseVersion(candidate) !== undefined,
  );
}

/** `v1.2.3-rc.1` as major and minor; undefined where it is no version. */
export function parseVersion(
  text: string,
): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor) };
}

/** The release of Helm that it belongs to; undefined where it is of none, or nobody may say. */
export function helmRelease({
  deployments,
  pods,
}: Pick<OperatorWorkload, 'deployments' | 'pods'>):
  { readonly release: string; readonly namespace: string } | undefined {
  const [first] = [...valueOr(deployments, []), ...valueOr(pods, [])];
  const { labels, annotations, namespace = '' } = first?.metadata ?? {};
  const isHelms =
    labels?.['app.kubernetes.io/managed-by'] === 'Helm' || labels?.['helm.sh/chart'] !== undefined;
  if (!isHelms) return undefined;
  return {
    release:
      annotations?.['meta.helm.sh/release-name'] ??
      labels['app.kubernetes.io/instance'] ??
      '<release>',
    namespace: annotations?.['meta.helm.sh/release-namespace'] ?? namespace,
  };
}
