// SPDX-License-Identifier: Apache-2.0
// AdmissionReviews as the API server sends them, for tests of admission.

/** Fields of `request` that a test sets itself. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** The text of a review of the creation of a pod in the namespace `prod`, with these fields set otherwise. */
export function podReview(object: unknown, fields: RequestFields = {}): string {
  return review({
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'prod',
    object,
    oldObject: null,
    ...fields,
  });
}

/** The text of a review of the creation of a credspec, with these fields set otherwise. */
export function credspecReview(object: unknown, fields: RequestFields = {}): string {
  return review({
    kind: { group: 'windows.k8s.io', version: 'v1', kind: 'GMSACredentialSpec' },
    resource: { group: 'windows.k8s.io', version: 'v1', resource: 'gmsacredentialspecs' },
    object,
    oldObject: null,
    ...fields,
  });
}

/** UID of every review here. */
export const REVIEW_UID = '705ab4f5-6393-11e8-b7cc-42010a800002';

function review(request: RequestFields): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: REVIEW_UID,
      name: '',
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...request,
    },
  });
}
