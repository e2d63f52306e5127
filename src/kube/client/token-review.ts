// SPDX-License-Identifier: Apache-2.0
// Asks the API server whose token this is (TokenReview, authentication.k8s.io/v1).
import type { ReviewedUser } from './access-review.ts';
import type { KubeClient } from './client.ts';

/**
 * The user whom the API server knows by a bearer token for itself; undefined if it knows none.
 * @throws what the client throws; Error if the API server answers without a decision.
 */
export async function reviewToken(
  client: Pick<KubeClient, 'request'>,
  token: string,
  signal?: AbortSignal,
): Promise<ReviewedUser | undefined> {
  const { status } = await client.request<TokenReview>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    signal,
  });
  if (status === undefined) throw new Error('the API server answered a review without a status');
  const { authenticated, user: { username = '', uid, groups = [], extra } = {} } = status;
  if (authenticated !== true || username === '') return undefined;
  return { user: username, uid, groups, extra };
}

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}
