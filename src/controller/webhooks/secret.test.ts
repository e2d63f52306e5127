// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../kube/client/client.ts';
import { type CachedSecret, decodeSecret, writeSecret } from './secret.ts';

type ApiRequest = Parameters<KubeClient['request']>[0];

const SEEN: CachedSecret = {
  name: 'ca',
  namespace: 'gmsa',
  uid: 'uid-1',
  resourceVersion: '5',
  data: {},
  mustReplace: false,
};

async function requestsOf(seen: CachedSecret | undefined): Promise<readonly ApiRequest[]> {
  const requests: ApiRequest[] = [];
  const client = {
    request: (request: ApiRequest) => {
      requests.push(request);
      return Promise.resolve({});
    },
  } as unknown as KubeClient;
  const secret = { namespace: 'gmsa', name: 'ca', data: { 'tls.crt': 'eA==' } };
  await writeSecret(client, secret, seen, { fieldManager: 'us', creator: 'us-1' });
  return requests;
}

describe('a write of a Secret', () => {
  it('creates under a field manager of this replica, so that two creations conflict', async () => {
    const [request, ...others] = await requestsOf(undefined);
    expect(request).toMatchObject({ method: 'PATCH', query: { fieldManager: 'us-1' } });
    expect(others).toEqual([]);
  });

  it('updates only the state that was seen', async () => {
    expect(await requestsOf(SEEN)).toMatchObject([
      { method: 'PUT', body: { metadata: { uid: 'uid-1', resourceVersion: '5' } } },
    ]);
  });

  it('replaces what cannot be changed, if it is still as it was seen', async () => {
    const preconditions = { uid: 'uid-1', resourceVersion: '5' };
    expect(await requestsOf({ ...SEEN, mustReplace: true })).toMatchObject([
      { method: 'DELETE', body: { preconditions } },
      { method: 'PATCH', query: { fieldManager: 'us-1' } },
    ]);
  });
});

it.each<readonly [string, object, Partial<CachedSecret>]>([
  ['of the right type', { type: 'kubernetes.io/tls' }, { mustReplace: false }],
  ['of another type has to be replaced', { type: 'Opaque' }, { mustReplace: true }],
  [
    'that is immutable has to be replaced',
    { type: 'kubernetes.io/tls', immutable: true },
    { mustReplace: true },
  ],
  ['without data is empty', { data: null }, { data: {} }],
  [
    'with a value that is too large is read without it',
    { data: { 'tls.crt': 'eA==', blob: 'x'.repeat(256 * 1024 + 1) } },
    { data: { 'tls.crt': 'eA==' } },
  ],
])('a Secret %s', (_, fields, expected) => {
  const metadata = { name: 'ca', namespace: 'gmsa', uid: 'uid-1', resourceVersion: '5' };
  expect(decodeSecret({ metadata, ...fields })).toMatchObject(expected);
});
