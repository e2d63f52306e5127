// SPDX-License-Identifier: Apache-2.0
// What is added to a pod that names credspecs: their contents, and what it asked for besides. Pure, but
// for the random host name.
import { type AddOperation, ALLOWED, type Decision, deny } from '../review/decision.ts';
import { tooMuchToAdd } from './denials.ts';
import { lookedFor, lookUpDenial, type LookUps } from './look-up.ts';
import type { PodChange } from './change.ts';
import type { PodPlace } from './places.ts';
import { addRandomHostname, type RandomHostnameOptions } from './random-hostname.ts';
import { addRepairHook } from './repair-hook.ts';

/** Where {@link mutatePod} adds contents: names whose contents are not set. What is set is never overridden. */
export function placesToFill(places: readonly PodPlace[]): readonly PodPlace[] {
  return places.filter(
    ({ credspecName, contents }) => credspecName !== undefined && contents === undefined,
  );
}

/**
 * Characters of contents that a pod is given in all. The API server takes no larger object from a client, and etcd
 * stores none; a thousand containers that name a large credspec would cost gigabytes.
 */
const MAX_ADDED_LENGTH = 3 * 1024 * 1024;

/**
 * Adds to a pod: the contents of each credspec beside its name, then a random host name, then the repair
 * hooks. Denies what names a credspec that does not exist. Whether it may be used, and whether contents
 * that are set are the right ones, is for `validatePod`.
 *
 * Done again on its own result, it adds nothing. An update gets nothing either: the API server lets
 * nobody change what a pod's GMSA is.
 *
 * @param lookUps what was found for the names of {@link placesToFill}.
 */
export function mutatePod(
  change: PodChange,
  lookUps: LookUps,
  options: RandomHostnameOptions,
): Decision {
  if (change.type === 'update') return ALLOWED;
  const patch: AddOperation[] = [];
  const credspecs = lookedFor(lookUps);
  let addedLength = 0;
  for (const place of placesToFill(change.places)) {
    const name = place.credspecName ?? '';
    const lookUp = lookUps.get(name) ?? { type: 'missing' };
    if (lookUp.type !== 'found') return deny(lookUpDenial(lookUp, name, place), credspecs);
    addedLength += lookUp.credspec.contents.length;
    if (addedLength > MAX_ADDED_LENGTH) return deny(tooMuchToAdd(MAX_ADDED_LENGTH), credspecs);
    patch.push({
      op: 'add',
      // `windowsOptions` is there, for the name stands in it.
      path: `${place.path}/securityContext/windowsOptions/gmsaCredentialSpec`,
      value: lookUp.credspec.contents,
    });
  }
  const additions =
    change.type === 'create' ? [addRandomHostname(change, options), addRepairHook(change)] : [];
  return {
    allowed: true,
    patch: [...patch, ...additions.flatMap((addition) => addition.patch)],
    warnings: additions.flatMap(({ warnings }) => warnings),
    credspecs,
  };
}
