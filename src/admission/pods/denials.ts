// SPDX-License-Identifier: Apache-2.0
// Why a pod is denied, in words. Existing tools match on how these messages begin: those phrases are the
// existing webhook's, and stay. What to do about it comes after them. No message shows contents.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, KIND } from '../../api/credspec.ts';
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import type { Denial } from '../review/decision.ts';
import type { PodPlace } from './places.ts';
import { quotedName, shownName, shownReason } from '../review/shown.ts';

/** Who wants to use which credspec, for messages. */
export interface UseInWords {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly credspecName: string;
}

/** The request is none that can be reviewed. */
export function notReviewable(problem: string): Denial {
  return { code: 400, message: problem };
}

/** The service account may not `use` the credspec; `reason` is the authorizer's. */
export function notAuthorized(use: UseInWords, reason: string | undefined): Denial {
  const { namespace, serviceAccount, credspecName } = use;
  const why = reason === undefined || reason === '' ? '' : ` (reason: ${shownReason(reason)})`;
  return {
    code: 403,
    message: `${mayUse(use, 'is not authorized to')}: allow it with the annotation ${ALLOWED_SERVICE_ACCOUNTS_ANNOTATION} on ${KIND} ${quotedName(credspecName)}, entry "${shownName(namespace)}/${shownName(serviceAccount)}"${why}`,
  };
}

/** The pod runs as the operator, which may use every credspec so that it can grant each. */
export function runsAsOperator(use: UseInWords): Denial {
  return {
    code: 403,
    message: `${mayUse(use, 'is not authorized to')}: it is the operator's own service account, and no pod that runs as it can have a GMSA. Set serviceAccountName of the pod to another service account`,
  };
}

/** There is no credspec of the name that stands at this place. */
export function doesNotExist(credspecName: string, place: PodPlace): Denial {
  const shown = shownName(credspecName);
  return {
    code: 404,
    message: `cred spec ${shown} does not exist: ${missingRemedy(credspecName)} gmsaCredentialSpecName of ${inWords(place)}`,
    missing: shown,
  };
}

/** There is such a credspec, and nothing in it that could be handed to a pod. */
export function hasNoContents(credspecName: string): Denial {
  return {
    code: 422,
    message: `cred spec ${shownName(credspecName)} does not have a credspec key: write its contents there, or correct the pod's gmsaCredentialSpecName`,
  };
}

/** The contents that the pod names would make it larger than any that can be stored. */
export function tooMuchToAdd(maxLength: number): Denial {
  return {
    code: 422,
    message: `the contents of the GMSA cred specs that the pod names have more than ${maxLength} characters in all: name one cred spec for the whole pod, in spec.securityContext.windowsOptions, and not for each container`,
  };
}

/** Contents without the name of a credspec: nobody could tell who may use them. */
export function contentsWithoutName(place: PodPlace): Denial {
  return {
    code: 422,
    message: `${inWords(place)} has a GMSA cred spec set, but does not define the name of the corresponding resource: set gmsaCredentialSpecName, and leave gmsaCredentialSpec out`,
  };
}

/** Contents that are not the named credspec's. */
export function contentsDoNotMatch(credspecName: string, place: PodPlace): Denial {
  return {
    code: 422,
    message: `the GMSA cred spec contents for ${inWords(place)} does not match the contents of GMSA resource ${quotedName(credspecName)}: ${CONTENTS_REMEDY}`,
  };
}

/** kubectl debug has no way to leave the contents out of a copy; they are current where those of the original are. */
const CONTENTS_REMEDY =
  'leave gmsaCredentialSpec out, and it is filled in at creation. A copy of a pod (kubectl debug --copy-to) and a backup hold the contents of its creation: recreate the original pod before copying it, and restore its workload instead of the pod';

/** A name without contents. Windows would get nothing, and the failure would show only in the pod. */
export function contentsNotInlined(credspecName: string, place: PodPlace): Denial {
  return {
    code: 422,
    message: `the GMSA cred spec contents for ${inWords(place)} were not filled in from GMSA resource ${quotedName(credspecName)}: the mutating webhook did not run. Check that its MutatingWebhookConfiguration is in place and covers this request, and create the pod again. If another mutating webhook sets gmsaCredentialSpecName, set it in the pod itself: the API server does not call the operator again for a pod that named no GMSA at first`,
  };
}

/** What of a place an update would change. */
export type ChangedSettings = 'name' | 'contents' | 'name and contents';

/** An update of a pod that would change its GMSA. */
export function cannotUpdate(changed: ChangedSettings, place: PodPlace): Denial {
  return {
    code: 403,
    message: `cannot update an existing pod's GMSA settings (GMSA ${changed} modified on ${inWords(place)})`,
  };
}

/** Nobody could tell whether the credspec exists. */
export function cannotLookUp(credspecName: string, why: string): Denial {
  return {
    code: 503,
    message: `cannot check whether cred spec ${shownName(credspecName)} exists: ${why}; try again`,
  };
}

/** Nobody could tell whether the service account may use the credspec. */
export function cannotAuthorize(use: UseInWords, why: string): Denial {
  return {
    code: 503,
    message: `cannot check whether ${mayUse(use, 'is authorized to')}: ${why}; try again`,
  };
}

/** The decision failed: a mistake of ours, or of a collaborator. */
export function cannotDecide(): Denial {
  return {
    code: 500,
    message: 'gmsa-operator could not decide on this pod, for a fault of its own: see its log',
  };
}

function mayUse({ serviceAccount, credspecName }: UseInWords, verb: string): string {
  return `service account ${quotedName(serviceAccount)} ${verb} \`use\` GMSA cred spec ${quotedName(credspecName)}`;
}

function inWords({ kind, name }: PodPlace): string {
  return `${kind} ${quotedName(name)}`;
}

function missingRemedy(credspecName: string): string {
  return isDns1123Subdomain(credspecName)
    ? `create a ${KIND} of this name, or correct`
    : 'no resource can have this name, for names hold lower-case letters, digits, "-" and ".", and begin and end with a letter or digit: correct';
}
