// SPDX-License-Identifier: Apache-2.0
// An update of an existing pod: what its GMSAs are stays as it was admitted. The API server refuses such
// a change itself; this is for who is asked about one nevertheless. Pure.
import { ALLOWED, type Decision, deny } from '../review/decision.ts';
import { cannotUpdate, type ChangedSettings } from './denials.ts';
import type { PodUpdate } from './change.ts';
import { podPlaces, type PodPlace } from './places.ts';

/**
 * Denies a change of the name or the contents at any place, containers taken for the same by list and
 * name. Those that are only in one of both pods are not compared, and no reference is checked again:
 * access that was taken away since must not hold up the end of a pod.
 */
export function validateUpdate({ pod, oldPod }: PodUpdate): Decision {
  const before = new Map(podPlaces(oldPod).map((place) => [identity(place), place]));
  for (const place of podPlaces(pod)) {
    const old = before.get(identity(place));
    const changed = old && changedSettings(old, place);
    if (changed !== undefined) return deny(cannotUpdate(changed, place));
  }
  return ALLOWED;
}

function identity(place: PodPlace): string {
  return place.kind === 'pod' ? 'pod' : `${place.list} ${place.name}`;
}

function changedSettings(old: PodPlace, place: PodPlace): ChangedSettings | undefined {
  const isNameChanged = old.credspecName !== place.credspecName;
  const isContentsChanged = old.contents !== place.contents;
  if (isNameChanged) return isContentsChanged ? 'name and contents' : 'name';
  return isContentsChanged ? 'contents' : undefined;
}
