// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CachedObject,
  type Change,
  compareResourceVersions,
  createObjectCache,
  type ObjectCache,
} from './object-cache.ts';

interface Thing extends CachedObject {
  readonly colour?: string;
}

let cache: ObjectCache<Thing>;
let changes: string[];

function thing(name: string, version: number, more: Partial<Thing> = {}): Thing {
  return { name, uid: `uid of ${name}`, resourceVersion: String(version), ...more };
}

function tell({ type, key, object, source }: Change<Thing>): string {
  return `${type} ${key}@${object.resourceVersion} (${source})`;
}

beforeEach(() => {
  cache = createObjectCache<Thing>();
  changes = [];
  cache.subscribe((change) => changes.push(tell(change)));
});

describe('putting', () => {
  it('tells of new and of newer objects', () => {
    cache.put(thing('a', 9), 'list');
    cache.put(thing('a', 10), 'watch');
    expect(changes).toEqual(['added a@9 (list)', 'updated a@10 (watch)']);
    expect(cache.get('a')).toEqual(thing('a', 10));
    expect(cache.size).toBe(1);
  });

  it('takes no notice of what is older, or of the same version again', () => {
    cache.put(thing('a', 10), 'watch');
    cache.put(thing('a', 9, { colour: 'old' }), 'watch');
    cache.put(thing('a', 10, { colour: 'again' }), 'list');
    expect(changes).toEqual(['added a@10 (watch)']);
    expect(cache.get('a')).toEqual(thing('a', 10));
  });

  it('replaces an object by the one that was made after it under its name', () => {
    cache.put(thing('a', 10, { uid: 'first' }), 'watch');
    cache.put(thing('a', 20, { uid: 'second' }), 'watch');
    expect(changes).toEqual(['added a@10 (watch)', 'updated a@20 (watch)']);
    expect(cache.get('a')?.uid).toBe('second');
  });

  it('keeps objects of the same name in different namespaces apart', () => {
    cache.put(thing('a', 1, { namespace: 'x' }), 'watch');
    cache.put(thing('a', 2, { namespace: 'y' }), 'watch');
    expect([...cache.values()]).toHaveLength(2);
    expect(cache.get('x/a')?.resourceVersion).toBe('1');
    expect(cache.get('a')).toBeUndefined();
  });
});

describe('our own writes', () => {
  it('are there at once, and no listener is told, then or when the watch brings them', () => {
    cache.put(thing('a', 1), 'list');
    cache.putSilently(thing('a', 5, { colour: 'ours' }));
    expect(cache.get('a')?.colour).toBe('ours');
    cache.put(thing('a', 5, { colour: 'ours' }), 'watch');
    expect(changes).toEqual(['added a@1 (list)']);
  });

  it('are not taken back by what the watch says of the time before them', () => {
    cache.putSilently(thing('a', 5, { colour: 'ours' }));
    cache.put(thing('a', 4, { colour: 'before' }), 'watch');
    cache.delete(thing('a', 3), 'watch');
    expect(cache.get('a')?.colour).toBe('ours');
    expect(changes).toEqual([]);
  });

  it('do not take back what the watch brought first', () => {
    cache.put(thing('a', 6, { colour: 'theirs' }), 'watch');
    cache.putSilently(thing('a', 5, { colour: 'ours' }));
    expect(cache.get('a')?.colour).toBe('theirs');
  });

  it('that deleted an object take only that one with them', () => {
    cache.put(thing('a', 5, { uid: 'second' }), 'watch');
    cache.deleteSilently(thing('a', 1, { uid: 'first' }));
    expect(cache.get('a')?.uid).toBe('second');
    cache.deleteSilently(thing('a', 1, { uid: 'second' }));
    expect(cache.get('a')).toBeUndefined();
    cache.deleteSilently(thing('a', 1, { uid: 'second' }));
    expect(changes).toEqual(['added a@5 (watch)']);
  });
});

describe('deleting', () => {
  it('tells of the object as it was last', () => {
    cache.put(thing('a', 5, { colour: 'red' }), 'watch');
    const deleted: Change<Thing>[] = [];
    cache.subscribe((change) => deleted.push(change));
    cache.delete(thing('a', 8), 'watch');
    expect(deleted).toEqual([
      { type: 'deleted', key: 'a', object: thing('a', 5, { colour: 'red' }), source: 'watch' },
    ]);
    expect(cache.size).toBe(0);
  });

  it('of an earlier object leaves the one that has its name by now', () => {
    cache.putSilently(thing('a', 9, { uid: 'second' }));
    cache.delete(thing('a', 7, { uid: 'first' }), 'watch');
    expect(cache.get('a')?.uid).toBe('second');
    expect(changes).toEqual([]);
  });

  it('of what is not known is no news', () => {
    cache.delete(thing('a', 7), 'watch');
    expect(changes).toEqual([]);
  });
});

describe('retaining what a complete list holds', () => {
  it('deletes the rest, and tells of it', () => {
    for (const name of ['a', 'b', 'c']) cache.put(thing(name, 1), 'list');
    cache.retain(new Set(['b']), '10');
    expect(changes.slice(3)).toEqual(['deleted a@1 (list)', 'deleted c@1 (list)']);
    expect([...cache.values()].map(({ name }) => name)).toEqual(['b']);
  });

  it('keeps what we wrote after the list was taken', () => {
    cache.putSilently(thing('before', 9));
    cache.putSilently(thing('of the same moment', 10));
    cache.putSilently(thing('after', 11));
    cache.retain(new Set(), '10');
    expect([...cache.values()].map(({ name }) => name)).toEqual(['after']);
  });

  it('deletes whatever the list lacks where history was rewound, for versions say nothing then', () => {
    cache.put(thing('a', 100), 'watch');
    cache.retain(new Set(), undefined);
    expect(changes).toEqual(['added a@100 (watch)', 'deleted a@100 (list)']);
  });

  it('of an empty list empties the cache', () => {
    cache.put(thing('a', 1, { namespace: 'x' }), 'list');
    cache.put(thing('b', 1), 'list');
    cache.retain(new Set(), '2');
    expect(cache.size).toBe(0);
    expect(cache.named('a')).toEqual([]);
  });
});

describe('named', () => {
  const namespacesOf = (name: string) => cache.named(name).map(({ namespace }) => namespace);

  it('finds the objects of a name in all namespaces', () => {
    cache.put(thing('a', 1, { namespace: 'x' }), 'list');
    cache.put(thing('a', 2, { namespace: 'y' }), 'list');
    cache.put(thing('b', 3, { namespace: 'y' }), 'list');
    expect(namespacesOf('a')).toEqual(['x', 'y']);
    expect(namespacesOf('b')).toEqual(['y']);
    expect(namespacesOf('c')).toEqual([]);
  });

  it('finds the one cluster-scoped object of a name', () => {
    cache.put(thing('a', 1), 'list');
    expect(cache.named('a')).toEqual([thing('a', 1)]);
  });

  it('has each object once, in its newest state, and none that is gone', () => {
    cache.put(thing('a', 1, { namespace: 'x' }), 'list');
    cache.put(thing('a', 2, { namespace: 'y' }), 'list');
    cache.put(thing('a', 3, { namespace: 'x', colour: 'new' }), 'watch');
    cache.putSilently(thing('a', 4, { namespace: 'y', colour: 'ours' }));
    expect(
      cache
        .named('a')
        .map(({ colour }) => colour)
        .toSorted(),
    ).toEqual(['new', 'ours']);
    cache.delete(thing('a', 5, { namespace: 'x' }), 'watch');
    cache.deleteSilently(thing('a', 1, { namespace: 'y' }));
    expect(namespacesOf('a')).toEqual([]);
  });
});

describe('listeners', () => {
  it('see the change in the cache when they are told', () => {
    const sizes: number[] = [];
    cache.subscribe(() => sizes.push(cache.size));
    cache.put(thing('a', 1), 'watch');
    cache.put(thing('a', 2), 'watch');
    cache.delete(thing('a', 3), 'watch');
    expect(sizes).toEqual([1, 1, 0]);
  });

  it('are told until they unsubscribe', () => {
    const told: string[] = [];
    const unsubscribe = cache.subscribe((change) => told.push(tell(change)));
    cache.put(thing('a', 1), 'watch');
    unsubscribe();
    cache.put(thing('a', 2), 'watch');
    expect(told).toEqual(['added a@1 (watch)']);
  });
});

describe('compareResourceVersions', () => {
  it.each([
    ['9', '10'],
    ['10', '11'],
    ['99999', '100000'],
    // Beyond what a JavaScript number can tell apart.
    ['9007199254740992', '9007199254740993'],
    ['18446744073709551614', '18446744073709551615'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareResourceVersions(older, newer)).toBeLessThan(0);
    expect(compareResourceVersions(newer, older)).toBeGreaterThan(0);
  });

  it('a version is neither older nor newer than itself', () => {
    expect(compareResourceVersions('1234567890', '1234567890')).toBe(0);
  });

  it('orders as the 64-bit numbers that the versions are', () => {
    const version = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareResourceVersions(String(a), String(b));
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
