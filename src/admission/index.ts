// SPDX-License-Identifier: Apache-2.0
// The module `gmsa-operator/admission`: admission of pods that mention a GMSA, for any program. Decisions
// are pure, the handler knows no transport, and the server is one around it.
export { type AdmissionRequest, decodeReview, encodeReview } from './review/admission-review.ts';
export type {
  AdmissionCredspec,
  Authorization,
  AuthorizationRequest,
  Authorizer,
  CredspecSource,
} from './ports.ts';
export type { NamespaceExists } from './credspec-review.ts';
export {
  type AdmissionAnswer,
  type AdmissionHandler,
  type AdmissionHandlerOptions,
  type AdmissionPath,
  createAdmissionHandler,
  type ObservedDecision,
} from './handler.ts';
export { HTTP_LIMITS, type HttpLimits } from './https/limits.ts';
export { mutatePod } from './pods/mutate.ts';
export {
  RANDOM_HOSTNAME_ANNOTATION,
  REPAIR_SECURE_CHANNEL_ANNOTATION,
} from './pods/annotations.ts';
export { decodePodChange } from './pods/change.ts';
export {
  type AdmissionServer,
  type AdmissionServerObserver,
  type AdmissionServerOptions,
  startAdmissionServer,
} from './https/server.ts';
export { validatePod } from './pods/validate.ts';
export { validateUpdate } from './pods/validate-update.ts';
