// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { serviceAccountOf, serviceAccountOfToken } from './service-account.ts';

const jwt = (claims: unknown): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

const OPERATOR = { namespace: 'gmsa-operator-system', name: 'gmsa-operator' };
const TOKEN = jwt({ sub: 'system:serviceaccount:gmsa-operator-system:gmsa-operator' });

function kubeConfigOf(user: object): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://127.0.0.1:1' }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return kubeConfig;
}

describe('the service account', () => {
  it.each<readonly [string, string, object | undefined]>([
    ['that the token was issued for', TOKEN, OPERATOR],
    ['of a user is none', jwt({ sub: 'jane' }), undefined],
    ['of a token without subject is none', jwt({}), undefined],
    ['of claims that are not an object is none', jwt(null), undefined],
    ['of a static token is none', 'abcdef', undefined],
    ['of nothing is none', '', undefined],
  ])('%s', (_, token, expected) => {
    expect(serviceAccountOfToken(token)).toEqual(expected);
  });

  it('is found in a kubeconfig', async () => {
    expect(await serviceAccountOf(kubeConfigOf({ token: TOKEN }))).toEqual(OPERATOR);
    expect(await serviceAccountOf(kubeConfigOf({}))).toBeUndefined();
  });
});
