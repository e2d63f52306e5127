// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { CachedObject } from './object-cache.ts';
import { confirmView } from './confirm-view.ts';

const object = (resourceVersion: string, uid = 'uid-1'): CachedObject => ({
  name: 'a',
  uid,
  resourceVersion,
});

/** What comes of a look at these objects through a view of those. */
async function look(
  live: readonly CachedObject[],
  shown: readonly CachedObject[],
  hasSynced = true,
): Promise<{ readonly result: string; readonly lists: number; readonly freshened: number }> {
  let freshened = 0;
  let lists = 0;
  const result = await confirmView(
    {
      size: shown.length,
      get: (key) => shown.find(({ name }) => name === key),
      hasSynced: () => hasSynced,
      freshen: () => {
        freshened++;
        return Promise.resolve();
      },
    },
    {
      listPage: () => {
        lists++;
        const items = live.map((metadata) => ({ metadata }));
        return Promise.resolve({ metadata: { resourceVersion: '99' }, items });
      },
    },
    new AbortController().signal,
  );
  return { result, lists, freshened };
}

describe('a live look', () => {
  it.each<readonly [string, readonly CachedObject[], readonly CachedObject[]]>([
    ['an object', [object('1')], [object('1')]],
    ['no object', [], []],
  ])('costs one read if the view shows what is there: %s', async (_, live, shown) => {
    expect(await look(live, shown)).toEqual({ result: 'current', lists: 1, freshened: 0 });
  });

  it.each<readonly [string, readonly CachedObject[], readonly CachedObject[]]>([
    ['changed', [object('2')], [object('1')]],
    ['was deleted', [], [object('1')]],
    ['was created', [object('1')], []],
    ['was recreated', [object('1', 'uid-2')], [object('1')]],
    // A restored etcd.
    ['went back in time', [object('1')], [object('2')]],
  ])('has the informer list again if an object %s', async (_, live, shown) => {
    expect(await look(live, shown)).toEqual({ result: 'behind', lists: 1, freshened: 1 });
  });

  it('leaves an informer alone that has yet to list', async () => {
    expect(await look([object('1')], [], false)).toEqual({
      result: 'current',
      lists: 0,
      freshened: 0,
    });
  });
});
