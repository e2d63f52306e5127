// SPDX-License-Identifier: Apache-2.0
// The module `gmsa-operator/admission`: admission of pods that mention a GMSA, for any program. Decisions
// are pure, the handler knows no transport, and the server is one around it.
export { type AdmissionRequest, decodeReview, encodeReview } from './admission-review.ts';
export type {
  AdmissionCredspec,
  Authorization,
  AuthorizationRequest,
  Authorizer,
  CredspecSource,
} from './collaborators.ts';
export type { NamespaceExists } from './credspec-review.ts';
export {
  type AdmissionAnswer,
  type AdmissionHandler,
  type AdmissionHandlerOptions,
  type AdmissionPath,
  createAdmissionHandler,
  type ObservedDecision,
} from './handler.ts';
export { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
export { mutatePod } from './mutate.ts';
export { RANDOM_HOSTNAME_ANNOTATION, REPAIR_SECURE_CHANNEL_ANNOTATION } from './pod-annotations.ts';
export { decodePodChange } from './pod-change.ts';
export {
  type AdmissionServer,
  type AdmissionServerObserver,
  type AdmissionServerOptions,
  startAdmissionServer,
} from './server.ts';
export { validatePod } from './validate.ts';
export { validateUpdate } from './validate-update.ts';
