// SPDX-License-Identifier: Apache-2.0
// The objects of `admissionregistration.k8s.io/v1` that say which webhooks the API server calls, as far
// as the operator writes them.
import type { MatchCondition } from '../../api/gmsa-match-conditions.ts';
import type { KubeObject } from '../../kube/managed-object.ts';

/** `admissionregistration.k8s.io/v1` MutatingWebhookConfiguration. */
export interface MutatingWebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly MutatingWebhook[];
}

/** `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration. */
export interface ValidatingWebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[];
}

/** An entry of a configuration, with all fields that the API server knows. */
export interface Webhook {
  /** Three DNS labels at least. */
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matchPolicy: 'Equivalent' | 'Exact';
  readonly namespaceSelector: object;
  readonly objectSelector: object;
  readonly sideEffects: 'None' | 'NoneOnDryRun';
  /** From 1 to 30. */
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly MatchCondition[];
}

/** A mutating entry. */
export interface MutatingWebhook extends Webhook {
  readonly reinvocationPolicy: 'IfNeeded' | 'Never';
}

/** Whom the API server calls, and whom it trusts there: `service` or `url`. */
export interface WebhookClientConfig {
  /** PEM, in Base64; somebody may have taken it away. */
  readonly caBundle?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  };
  readonly url?: string;
}

/** Which requests are looked at. */
export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: '*' | 'Cluster' | 'Namespaced';
}
