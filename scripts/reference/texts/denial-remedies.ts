// SPDX-License-Identifier: Apache-2.0
// What to do about each denial: for the documents, in Markdown.
import type * as denials from '../../../src/admission/pods/denials.ts';

/** By denial. */
export const DENIAL_REMEDIES = {
  notAuthorized: 'name the service account in the annotation of the credspec, as the message says',
  doesNotExist: 'create it, or correct the name',
  contentsWithoutName: 'leave `gmsaCredentialSpec` out and set `gmsaCredentialSpecName`',
  contentsDoNotMatch:
    'leave `gmsaCredentialSpec` out; before `kubectl debug --copy-to`, recreate the original pod, and from a backup, restore the workload',
  runsAsOperator: 'run the pod as another service account',
  contentsNotInlined:
    'the mutating webhook did not run: `kubectl get mutatingwebhookconfiguration gmsa-operator`; or another webhook added the name later: write it into the pod',
  tooMuchToAdd: 'name one credential spec for the whole pod instead of one for each container',
  hasNoContents: 'add the field `credspec` to the GMSACredentialSpec',
  cannotUpdate: 'make a new pod; the API server refuses this by itself, too',
  cannotLookUp:
    'nothing: the API server did not answer the operator; controllers try again by themselves',
  cannotAuthorize:
    'nothing: the API server did not answer the operator; controllers try again by themselves',
  notReviewable:
    'correct the webhook configuration that somebody made for this webhook; those of the operator ask for what can be reviewed',
  cannotDecide: "report it, with what the operator's log says",
} as const satisfies Readonly<Record<keyof typeof denials, string>>;
