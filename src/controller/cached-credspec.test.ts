// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { MAX_CONTENTS_BYTES } from '../api/check-contents.ts';
import type { RawObject } from '../kube/informer/watch-events.ts';
import {
  asksForTheSame,
  type CachedCredspec,
  decodeCredspec,
  decodeCredspecWithContents,
  inlinedContents,
} from './cached-credspec.ts';

function raw(credspec: unknown, metadata: object = {}): RawObject {
  return {
    metadata: { name: 'webapp1', uid: 'uid-1', resourceVersion: '5', ...metadata },
    credspec,
  } as RawObject;
}

describe('a credspec in the cache', () => {
  it('holds the annotation, the findings and whether it is being deleted', () => {
    const annotations = { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' };
    const decoded = decodeCredspec(raw({}, { generation: 3, annotations, deletionTimestamp: 'x' }));
    expect(decoded).toMatchObject({
      name: 'webapp1',
      generation: 3,
      allowedAnnotation: 'prod/web',
      deleting: true,
      status: '',
    });
    expect(decoded.findings.errors.length).toBeGreaterThan(0);
    expect(decoded.contents).toBeUndefined();
  });

  it('holds the contents as pods get them, if admission needs them and they fit into a pod', () => {
    expect(decodeCredspecWithContents(raw({ b: 1, a: '<' })).contents).toBe(
      '{"a":"\\u003c","b":1}',
    );
    const large = raw({ a: 'x'.repeat(MAX_CONTENTS_BYTES) });
    expect(decodeCredspecWithContents(large).contents).toBeUndefined();
    expect(inlinedContents(large)).toHaveLength(MAX_CONTENTS_BYTES + '{"a":""}'.length);
  });

  it.each([[undefined], [null]])('has no contents if they are %s', (credspec) => {
    expect(inlinedContents(raw(credspec))).toBeUndefined();
  });

  it.each<readonly [string, Partial<CachedCredspec>, boolean]>([
    ['its status', { status: '{}', resourceVersion: '6' }, true],
    ['its contents', { generation: 2 }, false],
    ['its annotation', { allowedAnnotation: 'dev/web' }, false],
    ['its deletion', { deleting: true }, false],
    ['its recreation', { uid: 'uid-2' }, false],
  ])('asks for the same after a change of %s: %#', (_, change, isSame) => {
    const before = decodeCredspec(raw({}));
    expect(asksForTheSame(before, { ...before, ...change })).toBe(isSame);
  });
});
