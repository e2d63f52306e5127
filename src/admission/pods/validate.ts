// SPDX-License-Identifier: Apache-2.0
// Whether a pod may have the GMSAs that it mentions. Pure.
import type { Accesses } from './authorize-credspecs.ts';
import { contentsMatch } from './contents-match.ts';
import { ALLOWED, type Decision, type Denial, deny } from '../review/decision.ts';
import {
  cannotAuthorize,
  contentsDoNotMatch,
  contentsNotInlined,
  contentsWithoutName,
  notAuthorized,
  runsAsOperator,
  type UseInWords,
} from './denials.ts';
import { type CredspecWithContents, lookedFor, lookUpDenial, type LookUps } from './look-up.ts';
import type { PodReferences } from './change.ts';
import { mentionsGmsa, type PodPlace } from './places.ts';
import { contentsProblem, defaultServiceAccount } from '../review/warnings.ts';
import { windowsWarnings } from './windows-only.ts';

/** A service account by its names. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** What has been found out about the credspecs that a pod names. */
export interface CredspecFacts {
  /** The namespace of the request. */
  readonly namespace: string;
  /** {@link serviceAccountOf} the pod. */
  readonly serviceAccount: string;
  /** A service account that may use every credspec, and whose pods may have none. */
  readonly operatorServiceAccount?: ServiceAccountName | undefined;
  readonly lookUps: LookUps;
  readonly accesses: Accesses;
}

/** The service account that a pod runs as; without a name it is its namespace's `default`. */
export function serviceAccountOf({ pod }: PodReferences): string {
  const name = pod.spec?.serviceAccountName ?? '';
  return name === '' ? DEFAULT_SERVICE_ACCOUNT : name;
}

/**
 * Decides place by place, in the order of `podPlaces`; the first place that may not be as it is denies the
 * pod. At each place, in this order:
 *
 * 1. contents without a name: 422;
 * 2. the credspec does not exist, its name cannot be one, or is empty: 404 (503 where nobody could tell);
 *    or it has no contents: 422. This comes before access, for access is to a credspec of a certain UID;
 * 3. the service account may not use it, or is the operator's own: 403 (503 where nobody could tell);
 * 4. contents that are not there: 422;
 * 5. contents that are not the credspec's: 422.
 *
 * A credspec that was not looked for counts as missing, access that was not asked for as not found out.
 */
export function validatePod(change: PodReferences, facts: CredspecFacts): Decision {
  const mentioning = change.places.filter(mentionsGmsa);
  if (mentioning.length === 0) return ALLOWED;
  const credspecs = lookedFor(facts.lookUps);
  for (const place of mentioning) {
    const denial = denialOf(place, facts);
    if (denial !== undefined) return deny(denial, credspecs);
  }
  return {
    allowed: true,
    patch: [],
    warnings: [
      ...windowsWarnings(change),
      ...contentWarnings(facts),
      ...serviceAccountWarnings(facts),
    ],
    credspecs,
  };
}

const DEFAULT_SERVICE_ACCOUNT = 'default';

function denialOf(place: PodPlace, facts: CredspecFacts): Denial | undefined {
  const { credspecName, contents } = place;
  if (credspecName === undefined || (credspecName === '' && contents !== undefined)) {
    return contentsWithoutName(place);
  }
  const lookUp = facts.lookUps.get(credspecName) ?? { type: 'missing' };
  if (lookUp.type !== 'found') return lookUpDenial(lookUp, credspecName, place);
  return accessDenial(credspecName, facts) ?? contentsDenial(place, lookUp.credspec);
}

function accessDenial(credspecName: string, facts: CredspecFacts): Denial | undefined {
  const { namespace, serviceAccount, operatorServiceAccount, accesses } = facts;
  if (
    operatorServiceAccount?.namespace === namespace &&
    operatorServiceAccount.name === serviceAccount
  ) {
    return runsAsOperator({ namespace, serviceAccount, credspecName });
  }
  const access = accesses.get(credspecName) ?? { allowed: 'unknown', why: 'nobody was asked' };
  // Access is the one thing that must be said in so many words: whatever else is there denies.
  if (access.allowed === true) return undefined;
  const use: UseInWords = { namespace, serviceAccount, credspecName };
  return access.allowed === false
    ? notAuthorized(use, access.reason)
    : cannotAuthorize(use, access.why);
}

function contentsDenial(place: PodPlace, credspec: CredspecWithContents): Denial | undefined {
  const { contents } = place;
  if (contents === undefined) return contentsNotInlined(credspec.name, place);
  return contentsMatch(contents, credspec.contents)
    ? undefined
    : contentsDoNotMatch(credspec.name, place);
}

function contentWarnings({ lookUps }: CredspecFacts): readonly string[] {
  return [...lookUps].flatMap(([name, lookUp]) =>
    lookUp.type === 'found'
      ? lookUp.credspec.problems.map((problem) => contentsProblem(name, problem))
      : [],
  );
}

function serviceAccountWarnings({
  namespace,
  serviceAccount,
  lookUps,
}: CredspecFacts): readonly string[] {
  if (serviceAccount !== DEFAULT_SERVICE_ACCOUNT) return [];
  return [...lookUps.keys()].map((name) => defaultServiceAccount(name, namespace));
}
