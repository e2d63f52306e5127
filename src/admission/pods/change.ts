// SPDX-License-Identifier: Apache-2.0
// What a request does to a pod, and thereby which of its places are to be looked at.
import { quoted } from '../../api/printable.ts';
import type { AdmissionRequest } from '../review/admission-review.ts';
import { decodePod, type Pod } from './pod.ts';
import { podPlaces, type PodPlace } from './places.ts';

/** What a request does to a pod. */
export type PodChange = PodReferences | PodUpdate;

/** References to credspecs come into being. */
export interface PodReferences {
  /** A pod is made, or ephemeral containers are added to one. */
  readonly type: 'create' | 'add-ephemeral-containers';
  readonly pod: Pod;
  /** Where references may have come into being: all of a new pod, or the added containers. */
  readonly places: readonly PodPlace[];
}

/** A pod is changed where no reference may come into being. */
export interface PodUpdate {
  readonly type: 'update';
  readonly pod: Pod;
  readonly oldPod: Pod;
}

/** The change, or why the request cannot be reviewed. */
export type DecodedPodChange = { readonly change: PodChange } | { readonly problem: string };

/**
 * Reads a pod's change off a request. What comes to an existing pod other than ephemeral containers is an
 * update, through whatever subresource. Problems are worded for whoever wrote the webhook configuration.
 */
export function decodePodChange(request: AdmissionRequest): DecodedPodChange {
  const { operation, subResource } = request;
  const problem = wrongTarget(request);
  if (problem !== undefined) return { problem };
  const decoded = decodePod(request.object, 'object');
  if ('problem' in decoded) return decoded;
  const { pod } = decoded;
  if (operation === 'CREATE') {
    return { change: { type: 'create', pod, places: podPlaces(pod) } };
  }
  const old = decodePod(request.oldObject, 'oldObject');
  if ('problem' in old) return old;
  const oldPod = old.pod;
  return {
    change:
      subResource === 'ephemeralcontainers'
        ? { type: 'add-ephemeral-containers', pod, places: addedEphemeralContainers(pod, oldPod) }
        : { type: 'update', pod, oldPod },
  };
}

function wrongTarget(request: AdmissionRequest): string | undefined {
  const { kind, resource, subResource, operation, namespace } = request;
  const isPod =
    (kind !== undefined || resource !== undefined) &&
    (kind === undefined || (kind.group === '' && kind.kind === 'Pod')) &&
    (resource === undefined || (resource.group === '' && resource.resource === 'pods'));
  if (!isPod) {
    return `this webhook reviews pods, not ${quoted(resource?.resource ?? kind?.kind ?? '')}: ${REMEDY}`;
  }
  if (operation !== 'UPDATE' && (operation !== 'CREATE' || subResource !== '')) {
    const target = subResource === '' ? 'pods' : `pods/${subResource}`;
    return `this webhook reviews CREATE of pods and UPDATE of pods and pods/ephemeralcontainers, not ${quoted(operation)} of ${quoted(target)}: ${REMEDY}`;
  }
  // Access is decided by namespace; it is never taken from the object, which its author wrote.
  return namespace === '' ? 'request.namespace is missing' : undefined;
}

const REMEDY = 'correct the rules of the webhook configuration that calls it';

function addedEphemeralContainers(pod: Pod, oldPod: Pod): readonly PodPlace[] {
  const existing = new Set(
    podPlaces(oldPod)
      .filter(isEphemeral)
      .map(({ name }) => name),
  );
  return podPlaces(pod).filter((place) => isEphemeral(place) && !existing.has(place.name));
}

function isEphemeral(place: PodPlace): boolean {
  return place.kind === 'container' && place.list === 'ephemeralContainers';
}
