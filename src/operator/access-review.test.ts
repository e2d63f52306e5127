// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubeClient } from '../kube/client/client.ts';
import { ApiError } from '../kube/client/api-error.ts';
import { createFakeClock } from '../kube/testing/fake-clock.ts';
import { createAuthorizer } from './access-review.ts';

const REQUEST = {
  namespace: 'prod',
  serviceAccount: 'web',
  credspec: { name: 'webapp1', uid: 'uid-1' },
};
const SIGNAL = new AbortController().signal;

/** An API server whose answers the test gives, one after the other. */
function reviews(ttlMs = 5_000) {
  const clock = createFakeClock();
  const asked: { request: ApiRequest; answer: (result: unknown) => void }[] = [];
  const client = {
    request: (request: ApiRequest) =>
      new Promise((resolve, reject) => {
        asked.push({
          request,
          answer: (result) => {
            if (result instanceof Error) reject(result);
            else resolve({ status: result });
          },
        });
      }),
  } as unknown as KubeClient;
  let version = '1';
  const authorizer = createAuthorizer({ client, ttlMs, accessVersion: () => version, clock });
  const accessBecomes = (next: string): void => {
    version = next;
  };
  return { clock, asked, authorizer, accessBecomes };
}

/** Lets what was resolved go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an access review', () => {
  it('asks for the service account, in the namespace of the pod', async () => {
    const { asked, authorizer } = reviews();
    const result = authorizer.authorize(REQUEST, SIGNAL);
    asked[0]?.answer({ allowed: true });
    expect(await result).toEqual({ allowed: true });
    expect(asked[0]?.request).toMatchObject({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        spec: {
          user: 'system:serviceaccount:prod:web',
          resourceAttributes: {
            namespace: 'prod',
            verb: 'use',
            group: 'windows.k8s.io',
            resource: 'gmsacredentialspecs',
            name: 'webapp1',
          },
        },
      },
    });
  });

  it('is shared by those who ask the same at the same time, and a yes is kept for the time to live', async () => {
    const { asked, clock, authorizer } = reviews();
    const first = [authorizer.authorize(REQUEST, SIGNAL), authorizer.authorize(REQUEST, SIGNAL)];
    expect(asked).toHaveLength(1);
    asked[0]?.answer({ allowed: true });
    await Promise.all(first);
    await clock.advance(4_999);
    await authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    void authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['another namespace', { ...REQUEST, namespace: 'dev' }],
    ['another service account', { ...REQUEST, serviceAccount: 'api' }],
    ['another credspec', { ...REQUEST, credspec: { name: 'webapp2', uid: 'uid-1' } }],
    ['a credspec that was made again', { ...REQUEST, credspec: { name: 'webapp1', uid: 'uid-2' } }],
  ])('is asked anew for %s', async (_, other) => {
    const { asked, authorizer } = reviews();
    const first = authorizer.authorize(REQUEST, SIGNAL);
    asked[0]?.answer({ allowed: true });
    await first;
    void authorizer.authorize(other, SIGNAL);
    expect(asked).toHaveLength(2);
  });

  it('never keeps a no, nor a yes where the time to live is 0', async () => {
    for (const [ttlMs, allowed] of [
      [5_000, false],
      [0, true],
    ] as const) {
      const { asked, authorizer } = reviews(ttlMs);
      const first = authorizer.authorize(REQUEST, SIGNAL);
      asked[0]?.answer({ allowed });
      await first;
      void authorizer.authorize(REQUEST, SIGNAL);
      expect(asked).toHaveLength(2);
    }
  });

  it('does not rely on a yes once the access has changed, nor on one that was on its way', async () => {
    const { asked, authorizer, accessBecomes } = reviews();
    const first = authorizer.authorize(REQUEST, SIGNAL);
    accessBecomes('2');
    // Who asks now does not get the answer of before.
    const second = authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(2);
    asked[0]?.answer({ allowed: true });
    asked[1]?.answer({ allowed: false });
    expect(await first).toEqual({ allowed: true });
    expect(await second).toMatchObject({ allowed: false });
    const third = authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(3);
    asked[2]?.answer({ allowed: true });
    await third;
    await authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(3);
    accessBecomes('3');
    void authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(4);
  });

  it('is tried once more when the API server did not get to it, and is no answer after that', async () => {
    const { asked, authorizer } = reviews();
    const overloaded = () => new ApiError('POST /', 503, { message: 'busy' });
    const result = expect(authorizer.authorize(REQUEST, SIGNAL)).rejects.toThrow('busy');
    asked[0]?.answer(overloaded());
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(overloaded());
    await result;
    const refused = expect(authorizer.authorize(REQUEST, SIGNAL)).rejects.toThrow('no rights');
    asked[2]?.answer(new ApiError('POST /', 403, { message: 'no rights' }));
    await refused;
    expect(asked).toHaveLength(3);
  });

  it('is no answer when the API server does not say in time', async () => {
    const { asked, clock, authorizer } = reviews();
    const result = expect(authorizer.authorize(REQUEST, SIGNAL)).rejects.toThrow('within 3 s');
    await clock.advance(3_000);
    await result;
    // And the next one does not wait for that.
    void authorizer.authorize(REQUEST, SIGNAL);
    expect(asked).toHaveLength(2);
  });

  it('leaves the request to the others when one gives up waiting', async () => {
    const { asked, authorizer } = reviews();
    const impatient = new AbortController();
    const first = expect(authorizer.authorize(REQUEST, impatient.signal)).rejects.toThrow('gone');
    const second = authorizer.authorize(REQUEST, SIGNAL);
    impatient.abort(new Error('gone'));
    await first;
    asked[0]?.answer({ allowed: true });
    expect(await second).toEqual({ allowed: true });
    expect(asked).toHaveLength(1);
  });
});
