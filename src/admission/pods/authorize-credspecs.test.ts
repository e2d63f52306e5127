// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { authorizeCredspecs } from './authorize-credspecs.ts';
import type { Authorizer } from '../ports.ts';
import { fakeAuthorizer } from '../testing/ports.ts';
import { credspec } from '../testing/pods.ts';

const { signal } = new AbortController();
const who = { namespace: 'prod', serviceAccount: 'web', signal };
const many = Array.from({ length: 100 }, (_, i) => credspec(`c${i}`));

describe('authorization', () => {
  it('is asked for each credspec once, by name and UID', async () => {
    const authorizer = fakeAuthorizer();
    const accesses = await authorizeCredspecs(many, { ...who, authorizer });
    expect([...accesses.values()].every(({ allowed }) => allowed === true)).toBe(true);
    expect(authorizer.requests).toEqual(
      many.map(({ name, uid }) => ({
        namespace: 'prod',
        serviceAccount: 'web',
        credspec: { name, uid },
      })),
    );
  });

  it('is asked for several credspecs at a time', async () => {
    let waiting = 0;
    let most = 0;
    const authorizer: Authorizer = {
      authorize: async () => {
        most = Math.max(most, ++waiting);
        await new Promise(setImmediate);
        waiting--;
        return { allowed: true };
      },
    };
    await authorizeCredspecs(many, { ...who, authorizer });
    expect(most).toBe(8);
  });

  it.each<[string, ReturnType<typeof fakeAuthorizer>]>([
    ['is refused', fakeAuthorizer(({ credspec: { name } }) => ({ allowed: name !== 'c3' }))],
    [
      'fails',
      fakeAuthorizer(({ credspec: { name } }) =>
        name === 'c3' ? new Error('down') : { allowed: true },
      ),
    ],
  ])('ends soon after it %s: the pod is denied anyway', async (_, authorizer) => {
    const accesses = await authorizeCredspecs(many, { ...who, authorizer });
    expect(accesses.get('c3')?.allowed).not.toBe(true);
    expect(authorizer.requests.length).toBeLessThanOrEqual(8);
  });

  it('that fails says why, thrown at once or later', async () => {
    const later = fakeAuthorizer(() => new Error('no answer\nfrom there'));
    const atOnce: Authorizer = {
      authorize: () => {
        throw new Error('no answer\nfrom there');
      },
    };
    for (const authorizer of [later, atOnce]) {
      expect(await authorizeCredspecs([credspec('a')], { ...who, authorizer })).toEqual(
        new Map([['a', { allowed: 'unknown', why: 'no answer from there' }]]),
      );
    }
  });

  it('that takes too long says so', async () => {
    const authorizer = fakeAuthorizer(() => new Error('This operation was aborted'));
    const options = { ...who, authorizer, signal: AbortSignal.abort() };
    expect(await authorizeCredspecs([credspec('a')], options)).toEqual(
      new Map([['a', { allowed: 'unknown', why: 'the API server did not answer in time' }]]),
    );
  });
});
