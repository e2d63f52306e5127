// SPDX-License-Identifier: Apache-2.0
// Asks the API server what a service account may do.
import type { KubeClient } from '../kube/client/client.ts';
import { groupsOf } from './can-use/granting-bindings.ts';

/** `status` of a SubjectAccessReview. */
export interface AccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

/** A SubjectAccessReview, as for a pod of the service account. @throws ApiError */
export async function reviewAccess(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  resourceAttributes: Readonly<Record<string, string | undefined>>,
): Promise<AccessReviewStatus | undefined> {
  const { status } = await client.request<{ readonly status?: AccessReviewStatus }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${account.namespace}:${account.name}`,
        groups: groupsOf(account),
        resourceAttributes,
      },
    },
  });
  return status;
}
