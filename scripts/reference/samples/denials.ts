// SPDX-License-Identifier: Apache-2.0
// The denials, from the functions that make them.
import type { AdmissionRequest } from '../../../src/admission/review/admission-review.ts';
import type { Denial } from '../../../src/admission/review/decision.ts';
import * as denials from '../../../src/admission/pods/denials.ts';
import { decodePodChange } from '../../../src/admission/pods/change.ts';
import { podPlaces } from '../../../src/admission/pods/places.ts';
import { NAMES } from './names.ts';

const [, PLACE] = podPlaces({
  metadata: { name: NAMES.pod },
  spec: { containers: [{ name: NAMES.container }] },
});
if (PLACE === undefined) throw new Error('a pod has a place for each container');

const USE = { ...NAMES, credspecName: NAMES.credspec };

/** By function, at a container. */
export const DENIALS: Readonly<Record<keyof typeof denials, readonly [Denial, ...Denial[]]>> = {
  notAuthorized: [denials.notAuthorized(USE, '<what the API server says>')],
  runsAsOperator: [denials.runsAsOperator(USE)],
  doesNotExist: [
    denials.doesNotExist(NAMES.credspec, PLACE),
    denials.doesNotExist('<Name>', PLACE),
  ],
  contentsWithoutName: [denials.contentsWithoutName(PLACE)],
  contentsDoNotMatch: [denials.contentsDoNotMatch(NAMES.credspec, PLACE)],
  contentsNotInlined: [denials.contentsNotInlined(NAMES.credspec, PLACE)],
  tooMuchToAdd: [denials.tooMuchToAdd(3_145_728)],
  hasNoContents: [denials.hasNoContents(NAMES.credspec)],
  cannotUpdate: [
    denials.cannotUpdate('name', PLACE),
    denials.cannotUpdate('contents', PLACE),
    denials.cannotUpdate('name and contents', PLACE),
  ],
  cannotLookUp: [denials.cannotLookUp(NAMES.credspec, '<error>')],
  cannotAuthorize: [denials.cannotAuthorize(USE, '<error>')],
  notReviewable: [
    notReviewable({ resource: { group: 'apps', resource: '<resource>' } }),
    notReviewable({ operation: 'DELETE' }),
    notReviewable({ namespace: '' }),
    notReviewable({ object: undefined }),
    notReviewable({ object: { spec: { containers: '<text>' } } }),
  ],
  cannotDecide: [denials.cannotDecide()],
};

function notReviewable(wrong: Partial<AdmissionRequest>): Denial {
  const decoded = decodePodChange({
    uid: '',
    kind: undefined,
    resource: { group: '', resource: 'pods' },
    subResource: '',
    operation: 'CREATE',
    namespace: NAMES.namespace,
    name: NAMES.pod,
    object: {},
    oldObject: undefined,
    ...wrong,
  });
  if (!('problem' in decoded)) throw new Error('the request can be reviewed');
  return denials.notReviewable(decoded.problem);
}
