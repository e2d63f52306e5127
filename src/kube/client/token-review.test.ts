// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubeClient } from './client.ts';
import { reviewToken } from './token-review.ts';

/** An API server that answers every review with this status. */
function answering(status: unknown): Pick<KubeClient, 'request'> & { readonly sent: ApiRequest[] } {
  const sent: ApiRequest[] = [];
  return {
    sent,
    request<T>(request: ApiRequest): Promise<T> {
      sent.push(request);
      return Promise.resolve({ status } as T);
    },
  };
}

const PROMETHEUS = {
  username: 'system:serviceaccount:monitoring:prometheus',
  uid: 'uid-1',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/pod-name': ['prometheus-0'] },
};

describe('reviewToken', () => {
  it('returns the user as an access review takes it', async () => {
    const client = answering({ authenticated: true, user: PROMETHEUS });
    const { username, ...rest } = PROMETHEUS;
    expect(await reviewToken(client, 'abc')).toEqual({ user: username, ...rest });
    expect(client.sent).toEqual([
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token: 'abc' },
        },
      },
    ]);
  });

  it.each<readonly [string, unknown]>([
    ['a no', { authenticated: false, error: 'expired' }],
    ['a user without a yes', { user: PROMETHEUS }],
    ['a word', { authenticated: 'true', user: PROMETHEUS }],
    ['a yes without a user', { authenticated: true }],
    ['a yes without a name', { authenticated: true, user: { ...PROMETHEUS, username: '' } }],
    ['nothing', {}],
  ])('knows nobody by %s', async (_, status) => {
    expect(await reviewToken(answering(status), 'abc')).toBeUndefined();
  });

  it('throws where there is no status', async () => {
    await expect(reviewToken(answering(undefined), 'abc')).rejects.toThrow('without a status');
  });
});
