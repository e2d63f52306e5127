// SPDX-License-Identifier: Apache-2.0
// The places of a pod where a GMSA can be named, its containers of every kind included. This is the one
// walk over them: every decision takes its places from here, so that none can forget a list.
import type { Container, Pod, WindowsOptions } from './pod.ts';

/** The lists of containers that a pod has, in the order in which they are walked. */
export const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** A list of containers. */
export type ContainerList = (typeof CONTAINER_LISTS)[number];

/** A place where a GMSA can be named: the pod as a whole, or one of its containers. */
export type PodPlace = PodLevelPlace | ContainerPlace;

/** The pod as a whole: what stands here holds for all containers that say nothing else. */
export interface PodLevelPlace extends GmsaSettings {
  readonly kind: 'pod';
  /** The pod's name, or the beginning of it where the API server is yet to make the rest up. */
  readonly name: string;
  /** JSON pointer (RFC 6901) to what holds the `securityContext`. */
  readonly path: '/spec';
}

/** One container. */
export interface ContainerPlace extends GmsaSettings {
  readonly kind: 'container';
  readonly list: ContainerList;
  readonly name: string;
  /** JSON pointer (RFC 6901) to the container. */
  readonly path: string;
  readonly container: Container;
}

/** What the `windowsOptions` of a place say; `undefined` where they say nothing. */
export interface GmsaSettings {
  /** Name of a credspec, as it was sent: not necessarily one that can exist. */
  readonly credspecName: string | undefined;
  /** Inlined contents, as text. */
  readonly contents: string | undefined;
  readonly hostProcess: boolean | undefined;
}

/** All places of a pod: itself first, then its containers, list by list. */
export function podPlaces({ metadata, spec }: Pod): readonly PodPlace[] {
  const name = nonEmpty(metadata?.name) ?? metadata?.generateName ?? '';
  const podLevel = settings(spec?.securityContext?.windowsOptions);
  const places: PodPlace[] = [{ ...podLevel, kind: 'pod', name, path: '/spec' }];
  for (const list of CONTAINER_LISTS) {
    const containers = spec?.[list] ?? [];
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index] ?? {};
      places.push({
        ...settings(container.securityContext?.windowsOptions),
        kind: 'container',
        list,
        name: container.name ?? '',
        path: `/spec/${list}/${index}`,
        container,
      });
    }
  }
  return places;
}

/** Whether the place mentions a GMSA, by name or by contents. */
export function mentionsGmsa({ credspecName, contents }: GmsaSettings): boolean {
  return credspecName !== undefined || contents !== undefined;
}

function nonEmpty(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

const NOTHING: GmsaSettings = {
  credspecName: undefined,
  contents: undefined,
  hostProcess: undefined,
};

function settings(options: WindowsOptions | null | undefined): GmsaSettings {
  if (options === null || options === undefined) return NOTHING;
  return {
    credspecName: options.gmsaCredentialSpecName ?? undefined,
    contents: options.gmsaCredentialSpec ?? undefined,
    hostProcess: options.hostProcess ?? undefined,
  };
}
