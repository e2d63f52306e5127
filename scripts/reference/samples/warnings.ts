// SPDX-License-Identifier: Apache-2.0
// The warnings, from the functions that make them.
import {
  RANDOM_HOSTNAME_ANNOTATION,
  REPAIR_SECURE_CHANNEL_ANNOTATION,
} from '../../../src/admission/pods/annotations.ts';
import { NO_RANDOM_HOSTNAME } from '../../../src/admission/pods/random-hostname.ts';
import * as warnings from '../../../src/admission/review/warnings.ts';
import { NAMES } from './names.ts';

/** By function. */
export const WARNINGS: Readonly<Record<keyof typeof warnings, readonly string[]>> = {
  contentsProblem: [warnings.contentsProblem(NAMES.credspec, '<what is wrong>')],
  defaultServiceAccount: [warnings.defaultServiceAccount(NAMES.credspec, NAMES.namespace)],
  ignoredSwitch: [RANDOM_HOSTNAME_ANNOTATION, REPAIR_SECURE_CHANNEL_ANNOTATION].map((annotation) =>
    warnings.ignoredSwitch(annotation, '<value>'),
  ),
  noRandomHostname: Object.values(NO_RANDOM_HOSTNAME).map((why) =>
    warnings.noRandomHostname(RANDOM_HOSTNAME_ANNOTATION, why),
  ),
  notForWindows: [
    warnings.notForWindows('spec.os.name', 'linux'),
    warnings.notForWindows('spec.nodeSelector["kubernetes.io/os"]', 'linux'),
  ],
  alphaAnnotation: [
    warnings.alphaAnnotation('pod.alpha.windows.kubernetes.io/gmsa-credential-spec-name'),
  ],
  noHookInHostProcess: [
    warnings.noHookInHostProcess(REPAIR_SECURE_CHANNEL_ANNOTATION, [NAMES.container]),
  ],
  invalidEntry: [warnings.invalidEntry('<entry>', '<what is wrong with it>')],
  moreInvalidEntries: [warnings.moreInvalidEntries(12)],
  namespaceMissing: [
    warnings.namespaceMissing(NAMES.namespace, NAMES.serviceAccount),
    warnings.namespaceMissing(NAMES.namespace, '*'),
  ],
  moreWarnings: [warnings.moreWarnings(12)],
};
