// SPDX-License-Identifier: Apache-2.0
// Which pods the webhooks are called for: those that mention a GMSA. The API server itself evaluates
// this, so all other pods are created whether the operator runs or not.

/** An entry of `matchConditions` of a webhook: an expression in CEL that must be true for a call. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/**
 * The conditions of both webhooks for pods, for CREATE of `pods` and UPDATE of
 * `pods/ephemeralcontainers`; Kubernetes 1.30 and later.
 *
 * A place mentions a GMSA by its name or by its contents: contents alone would be an impersonation that
 * nobody checks. A new pod is looked at in every place. Of an existing one only ephemeral containers can
 * be added, and only those that are new by their name are looked at, for what was admitted stays so.
 *
 * An error of the expression would refuse the pod, a Linux pod too. So no step assumes that an optional
 * field is there, nor that `containers` is a list, for it is null in a pod that has none. The API server
 * bounds what an expression may cost, too: this one reaches the bound with more than a hundred thousand
 * containers, or where someone adds to hundreds of ephemeral containers that each mention a GMSA.
 */
export const GMSA_POD_MATCH_CONDITIONS: readonly MatchCondition[] = [
  {
    name: 'mentions-gmsa',
    // The ValidatingAdmissionPolicy in config/rbac holds the same text: without quotes and line breaks.
    expression: [
      '(oldObject == null',
      // The pod's own securityContext is where a container's is.
      '? [object.spec] + (object.spec.containers == null ? [] : object.spec.containers)',
      '+ object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])',
      ': object.spec.?ephemeralContainers.orValue([])).exists(c,',
      'c.?securityContext.?windowsOptions.hasValue() &&',
      '(has(c.securityContext.windowsOptions.gmsaCredentialSpecName) ||',
      'has(c.securityContext.windowsOptions.gmsaCredentialSpec)) && (oldObject == null ||',
      '!oldObject.spec.?ephemeralContainers.orValue([]).exists(old, old.name == c.name)))',
    ].join(' '),
  },
];
