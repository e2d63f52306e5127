// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { reviewAccess } from './access-review.ts';
import type { ApiRequest, KubeClient } from './client.ts';

const ACCOUNT = { namespace: 'prod', name: 'web' };
const ATTRIBUTES = { namespace: 'prod', verb: 'get', group: '', resource: 'pods', name: 'web-1' };

/** An API server that answers every review with this body. */
function answering(body: unknown): KubeClient & { readonly sent: ApiRequest[] } {
  const sent: ApiRequest[] = [];
  return {
    sent,
    request<T>(request: ApiRequest): Promise<T> {
      sent.push(request);
      return Promise.resolve(body as T);
    },
    watch() {
      throw new Error('not watched here');
    },
    close: () => undefined,
  };
}

describe('reviewAccess', () => {
  it('asks for the service account with its groups', async () => {
    const client = answering({ status: { allowed: true, reason: 'RBAC: allowed' } });
    expect(await reviewAccess(client, ACCOUNT, ATTRIBUTES)).toEqual({
      allowed: true,
      reason: 'RBAC: allowed',
    });
    expect(client.sent).toEqual([
      {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: 'system:serviceaccount:prod:web',
            groups: [
              'system:serviceaccounts',
              'system:serviceaccounts:prod',
              'system:authenticated',
            ],
            resourceAttributes: ATTRIBUTES,
          },
        },
      },
    ]);
  });

  it.each<readonly [string, unknown, string | undefined]>([
    ['a no', { allowed: false, reason: 'RBAC' }, 'RBAC'],
    ['both yes and no', { allowed: true, denied: true }, undefined],
    ['an error', { allowed: false, reason: '', evaluationError: 'broken' }, 'broken'],
    ['a word', { allowed: 'yes' }, undefined],
    ['nothing', {}, undefined],
  ])('takes %s for a no', async (_, status, reason) => {
    expect(await reviewAccess(answering({ status }), ACCOUNT, ATTRIBUTES)).toEqual({
      allowed: false,
      reason,
    });
  });

  it('does not take an answer without a status for a decision', async () => {
    await expect(reviewAccess(answering({}), ACCOUNT, ATTRIBUTES)).rejects.toThrow(
      'without a status',
    );
  });
});
