// SPDX-License-Identifier: Apache-2.0
// Asks the API server's authorizers what a user may do (SubjectAccessReview, authorization.k8s.io/v1).
import type { KubeClient } from './client.ts';

/** `ResourceAttributes` of authorization.k8s.io/v1: one action on a resource. */
export interface ResourceAttributes {
  /** Undefined for cluster-scoped resources, and for all namespaces. */
  readonly namespace?: string | undefined;
  readonly verb: string;
  readonly group: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  /** Undefined for all objects. */
  readonly name?: string | undefined;
}

/** `NonResourceAttributes` of authorization.k8s.io/v1: one action on a path that is no resource. */
export interface NonResourceAttributes {
  readonly verb: string;
  readonly path: string;
}

/** Whom the API server authorizes. */
export interface ReviewedUser {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  /** What authenticators know of the user beyond that, such as scopes. */
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** The decision of the API server; `reason` in its words, if it gives one. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason?: string | undefined;
}

/** The user name of a service account. */
export function serviceAccountUser(account: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `system:serviceaccount:${account.namespace}:${account.name}`;
}

/** The groups of the service accounts of a namespace (serviceaccount.UserInfo of kube-apiserver). */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

/**
 * Reviews whether a service account, with its groups, is allowed to do something.
 * @throws what the client throws; Error if the API server answers without a decision.
 */
export function reviewAccess(
  client: Pick<KubeClient, 'request'>,
  serviceAccount: { readonly namespace: string; readonly name: string },
  resourceAttributes: ResourceAttributes,
  signal?: AbortSignal,
): Promise<AccessDecision> {
  const user = serviceAccountUser(serviceAccount);
  const groups = serviceAccountGroups(serviceAccount.namespace);
  return reviewUserAccess(client, { user, groups }, { resourceAttributes }, signal);
}

/**
 * Reviews whether a user is allowed to do something.
 * @throws what the client throws; Error if the API server answers without a decision.
 */
export async function reviewUserAccess(
  client: Pick<KubeClient, 'request'>,
  user: ReviewedUser,
  action:
    | { readonly resourceAttributes: ResourceAttributes }
    | { readonly nonResourceAttributes: NonResourceAttributes },
  signal?: AbortSignal,
): Promise<AccessDecision> {
  const { status } = await client.request<SubjectAccessReview>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...user, ...action },
    },
    signal,
  });
  if (status === undefined) throw new Error('the API server answered a review without a status');
  return {
    // `denied` takes precedence over `allowed`.
    allowed: status.allowed === true && status.denied !== true,
    reason: [status.reason, status.evaluationError].find((text) => (text ?? '') !== ''),
  };
}

interface SubjectAccessReview {
  readonly status?: {
    readonly allowed?: boolean;
    readonly denied?: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}
