// SPDX-License-Identifier: Apache-2.0
// The two reviews of pods: what is decided is pure, and here the questions for it are asked.
import type { AdmissionRequest } from '../review/admission-review.ts';
import { authorizeCredspecs } from './authorize-credspecs.ts';
import type { Authorizer, CredspecSource } from '../ports.ts';
import { contentsMatch } from './contents-match.ts';
import { type Decision, deny } from '../review/decision.ts';
import { notReviewable } from './denials.ts';
import { credspecNames, type CredspecWithContents, lookUpCredspecs } from './look-up.ts';
import { mutatePod, placesToFill } from './mutate.ts';
import { decodePodChange } from './change.ts';
import type { PodPlace } from './places.ts';
import type { RandomHostnameOptions } from './random-hostname.ts';
import { type ServiceAccountName, serviceAccountOf, validatePod } from './validate.ts';
import { validateUpdate } from './validate-update.ts';

/** Whom the reviews ask, and how they are set. */
export interface PodReviewOptions extends RandomHostnameOptions {
  readonly credspecs: CredspecSource;
  readonly authorizer: Authorizer;
  /**
   * The service account that holds `use` of every credspec so that it can grant each, if there is one: no pod that
   * runs as it may have a GMSA.
   */
  readonly operatorServiceAccount?: ServiceAccountName | undefined;
}

/** Fills in what a pod names; see `mutatePod`. Never rejects for what the collaborators throw. */
export async function mutate(
  request: AdmissionRequest,
  options: PodReviewOptions,
  signal: AbortSignal,
): Promise<Decision> {
  const decoded = decodePodChange(request);
  if ('problem' in decoded) return deny(notReviewable(decoded.problem));
  const { change } = decoded;
  const places = change.type === 'update' ? [] : placesToFill(change.places);
  const source = options.credspecs;
  const lookUps = await lookUpCredspecs(credspecNames(places), { source, signal });
  return mutatePod(change, lookUps, options);
}

/**
 * Checks what a pod names; see `validatePod`. Access is asked for to the very credspecs, by UID, that the
 * contents are compared with. Never rejects for what the collaborators throw.
 */
export async function validate(
  request: AdmissionRequest,
  options: PodReviewOptions,
  signal: AbortSignal,
): Promise<Decision> {
  const decoded = decodePodChange(request);
  if ('problem' in decoded) return deny(notReviewable(decoded.problem));
  const { change } = decoded;
  if (change.type === 'update') return validateUpdate(change);
  const { namespace } = request;
  const { authorizer, credspecs: source, operatorServiceAccount } = options;
  const serviceAccount = serviceAccountOf(change);
  const lookUps = await lookUpCredspecs(credspecNames(change.places), {
    source,
    doubtful: (credspec) => hasOtherContents(change.places, credspec),
    signal,
  });
  const found = [...lookUps.values()].flatMap((lookUp) =>
    lookUp.type === 'found' ? [lookUp.credspec] : [],
  );
  const accesses = await authorizeCredspecs(found, {
    authorizer,
    namespace,
    serviceAccount,
    signal,
  });
  return validatePod(change, {
    namespace,
    serviceAccount,
    operatorServiceAccount,
    lookUps,
    accesses,
  });
}

function hasOtherContents(places: readonly PodPlace[], credspec: CredspecWithContents): boolean {
  return places.some(
    ({ credspecName, contents }) =>
      credspecName === credspec.name &&
      contents !== undefined &&
      !contentsMatch(contents, credspec.contents),
  );
}
