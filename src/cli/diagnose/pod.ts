// SPDX-License-Identifier: Apache-2.0
// Pods as diagnosis looks at them, and what they say of a GMSA.
import { contentsMatch } from '../../admission/pods/contents-match.ts';
import {
  CONTAINER_LISTS,
  type ContainerList,
  mentionsGmsa,
  podPlaces,
} from '../../admission/pods/places.ts';
import { canonicalJson, NotCanonicalError } from '../../api/canonical-json.ts';
import type { GMSACredentialSpec } from '../../api/credspec.ts';
import type { KubeObject, ObjectMeta } from '../../kube/managed-object.ts';

/** A pod (core/v1) that the API server holds, as far as it is looked at. */
export interface PodObject extends KubeObject {
  readonly metadata: ObjectMeta & {
    readonly namespace: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly hostname?: string;
    readonly nodeName?: string;
    readonly os?: { readonly name: string };
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly securityContext?: { readonly windowsOptions?: WindowsOptions };
    readonly containers: readonly ContainerObject[];
    readonly initContainers?: readonly ContainerObject[];
    readonly ephemeralContainers?: readonly ContainerObject[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly ObjectCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

/** A condition in the status of an object of Kubernetes, as far as it is looked at. */
export interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339. */
  readonly lastTransitionTime?: string;
}

/** One of its containers. */
export interface ContainerObject {
  readonly name: string;
  readonly image?: string;
  /** `Always` makes a sidecar of an init container. */
  readonly restartPolicy?: string;
  readonly securityContext?: { readonly windowsOptions?: WindowsOptions };
}

/** `windowsOptions` of a pod or a container. */
export interface WindowsOptions {
  readonly gmsaCredentialSpecName?: string;
  readonly gmsaCredentialSpec?: string;
  readonly hostProcess?: boolean;
  readonly runAsUserName?: string;
}

/** Where a container stands. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: {
      readonly reason?: string;
      readonly message?: string;
      readonly exitCode?: number;
      readonly finishedAt?: string;
    };
  };
  readonly lastState?: ContainerStatus['state'];
}

/** What a place of a pod says of a GMSA. */
export interface GmsaUse {
  readonly credspec: string | undefined;
  /** JSON text, as it was put there when the pod was made. */
  readonly contents: string | undefined;
}

/**
 * The contents of a pod beside those of its credspec now: `older` are others, `missing` is a name
 * without contents, `no-credspec` means that there is none of that name.
 */
export type ContentsState = 'current' | 'missing' | 'no-credspec' | 'older';

/** A pod that runs as a credspec, or is about to. */
export interface CredspecPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string | undefined;
  readonly phase: string;
  /** Of its places that name the credspec, the one that is furthest from being current. */
  readonly contents: ContentsState;
}

/** What a pod says of GMSAs, in any of its places. */
export function gmsaUses(pod: PodObject): readonly GmsaUse[] {
  return podPlaces(pod)
    .filter(mentionsGmsa)
    .map(({ credspecName, contents }) => ({ credspec: credspecName, contents }));
}

/** A container, and the list of the pod that it is in. */
export interface PlacedContainer {
  readonly list: ContainerList;
  readonly container: ContainerObject;
}

/** All containers of a pod, list by list. */
export function containersOf({ spec }: PodObject): readonly PlacedContainer[] {
  return CONTAINER_LISTS.flatMap((list) =>
    (spec[list] ?? []).map((container) => ({ list, container })),
  );
}

/** Where a container stands; undefined where nothing is known of it yet. */
export function statusOf(
  { status = {} }: PodObject,
  { list, container: { name } }: PlacedContainer,
): ContainerStatus | undefined {
  return status[STATUS_LISTS[list]]?.find((each) => each.name === name);
}

const STATUS_LISTS = {
  containers: 'containerStatuses',
  initContainers: 'initContainerStatuses',
  ephemeralContainers: 'ephemeralContainerStatuses',
} as const satisfies Readonly<Record<ContainerList, string>>;

/** What a container of each list is called. */
export const CONTAINER_KINDS = {
  containers: 'container',
  initContainers: 'init container',
  ephemeralContainers: 'ephemeral container',
} as const satisfies Readonly<Record<ContainerList, string>>;

/** What holds for a container: its own `windowsOptions`, field by field, before those of the pod. */
export function windowsOptionsOf(pod: PodObject, container: ContainerObject): WindowsOptions {
  return {
    ...pod.spec.securityContext?.windowsOptions,
    ...container.securityContext?.windowsOptions,
  };
}

/** The contents of a use beside those of its credspec; `undefined` is a credspec that does not exist. */
export function contentsState(
  { contents }: GmsaUse,
  credspec: { readonly credspec?: unknown } | undefined,
): ContentsState {
  if (contents === undefined) return 'missing';
  if (credspec === undefined) return 'no-credspec';
  try {
    return contentsMatch(contents, canonicalJson(credspec.credspec ?? {})) ? 'current' : 'older';
  } catch (error) {
    if (error instanceof NotCanonicalError) return 'older';
    throw error;
  }
}

/**
 * The operating system that a pod is for: what it says, else that of its node, else Windows where it mentions
 * a GMSA. `undefined` where nothing tells: a node may not be known yet, or may not be read.
 */
export function operatingSystemOf(pod: PodObject, nodeOs: string | undefined): string | undefined {
  const said = pod.spec.os?.name ?? pod.spec.nodeSelector?.['kubernetes.io/os'];
  return said ?? nodeOs ?? (gmsaUses(pod).length > 0 ? 'windows' : undefined);
}

/** Whether it still takes up a place: neither has it ended nor is it about to. */
export function isActive({ metadata, status }: PodObject): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.phase !== 'Succeeded' &&
    status?.phase !== 'Failed'
  );
}

/** The worst first. */
const STATES: readonly ContentsState[] = ['missing', 'older', 'no-credspec', 'current'];

/** The pods that run as a credspec, or are about to. */
export function podsOf(
  credspec: GMSACredentialSpec,
  pods: readonly PodObject[],
): readonly CredspecPod[] {
  return pods.filter(isActive).flatMap((pod) => {
    const states = gmsaUses(pod)
      .filter((use) => use.credspec === credspec.metadata.name)
      .map((use) => contentsState(use, credspec));
    const contents = STATES.find((state) => states.includes(state));
    if (contents === undefined) return [];
    return [
      {
        namespace: pod.metadata.namespace,
        name: pod.metadata.name,
        node: pod.spec.nodeName,
        phase: pod.status?.phase ?? 'Unknown',
        contents,
      },
    ];
  });
}
