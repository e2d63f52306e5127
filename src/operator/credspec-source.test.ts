// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { RawObject } from '../kube/informer/watch-events.ts';
import { decodeCredspec, decodeCredspecWithContents } from '../controller/cached-credspec.ts';
import { createCredspecSource } from './credspec-source.ts';

const RAW = {
  metadata: { name: 'webapp1', uid: 'uid-1', resourceVersion: '5' },
  credspec: { a: 1 },
} as unknown as RawObject;

const { signal } = new AbortController();

function sourceOf(decode: typeof decodeCredspec, answer: object | number) {
  return createCredspecSource({
    client: {
      request: () =>
        typeof answer === 'number'
          ? Promise.reject(new ApiError('GET', answer, {}))
          : Promise.resolve(answer),
    } as unknown as KubeClient,
    credspecs: { get: (name) => (name === 'webapp1' ? decode(RAW) : undefined) },
  });
}

describe('the credspecs of admission', () => {
  it('come from the cache with their contents and all findings', () => {
    const { findings } = decodeCredspec(RAW);
    expect(sourceOf(decodeCredspecWithContents, 500).cached('webapp1')).toEqual({
      name: 'webapp1',
      uid: 'uid-1',
      contents: '{"a":1}',
      problems: [...findings.errors, ...findings.warnings],
    });
  });

  it('are unknown to a cache that does not hold their contents', () => {
    expect(sourceOf(decodeCredspec, 500).cached('webapp1')).toBeUndefined();
    expect(sourceOf(decodeCredspecWithContents, 500).cached('other')).toBeUndefined();
  });

  it('are read live, also without contents', async () => {
    const live = await sourceOf(decodeCredspec, RAW).live('webapp1', signal);
    expect(live).toMatchObject({ uid: 'uid-1', contents: '{"a":1}' });
    const empty = { metadata: RAW.metadata };
    expect(await sourceOf(decodeCredspec, empty).live('webapp1', signal)).toMatchObject({
      contents: undefined,
    });
  });

  it('do not exist if the API server says so, and only then', async () => {
    expect(await sourceOf(decodeCredspec, 404).live('webapp1', signal)).toBeUndefined();
    await expect(sourceOf(decodeCredspec, 503).live('webapp1', signal)).rejects.toThrow('503');
  });
});
