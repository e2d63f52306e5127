// SPDX-License-Identifier: Apache-2.0
// The races of managed objects, one scripted answer after the other; what the API server itself does
// with each request is in test/integration/managed-object.test.ts.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from './client/api-error.ts';
import type { ApiRequest } from './client/client.ts';
import {
  decodeFingerprinted,
  ensureObject,
  type Fingerprinted,
  type KubeObject,
  type ManagedKind,
  type ManagedObjectContext,
  type ObjectMeta,
  removeObject,
} from './managed-object.ts';
import type { RawObject } from './informer/watch-events.ts';

interface Thing extends KubeObject {
  readonly colour: string;
  readonly shape: string;
}

const kind: ManagedKind<Thing> = {
  resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true },
  fingerprint: ({ colour, shape }) => `${colour} ${shape}`,
  merge: (live, desired) => ({ ...desired, metadata: live.metadata }),
  mustReplace: (live, desired) => live.shape !== desired.shape,
};

const PATH = '/api/v1/namespaces/prod/things/a';
const OURS = { labels: { owner: 'us' } };
const isOurs = ({ metadata }: Thing) => metadata.labels?.['owner'] === 'us';

const desired: Thing = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'prod', ...OURS },
  colour: 'red',
  shape: 'round',
};

/** As the server gives it back. */
function live(version: number, more: Partial<Thing> = {}, metadata: Partial<ObjectMeta> = {}) {
  return {
    ...desired,
    ...more,
    metadata: { ...desired.metadata, uid: 'uid-1', resourceVersion: String(version), ...metadata },
  } as Thing & RawObject;
}

const conflict = () => new ApiError('PUT', 409, { reason: 'Conflict' });
const alreadyExists = () => new ApiError('POST', 409, { reason: 'AlreadyExists' });
const notFound = () => new ApiError('GET', 404, { reason: 'NotFound' });

let requests: ApiRequest[];
let answers: unknown[];
let cache: Map<string, Fingerprinted>;
let forgotten: string[];
let context: ManagedObjectContext<Thing>;

const decode = decodeFingerprinted(kind);
const sent = () => requests.map(({ method, path }) => `${method} ${path.replace(/.*things/, '')}`);

/** What the informer holds, which may differ from what there is. */
function cached(object: RawObject): Fingerprinted {
  const fingerprinted = decode(object);
  cache.set('prod/a', fingerprinted);
  return fingerprinted;
}

const ensure = (begin?: 'create' | 'read') =>
  ensureObject(context, desired, { isOurs, ...(begin === undefined ? {} : { begin }) });

beforeEach(() => {
  requests = [];
  answers = [];
  cache = new Map();
  forgotten = [];
  const informer: Pick<
    ManagedObjectContext<Thing>['informer'],
    'get' | 'observe' | 'observeDeleted'
  > = {
    get: (key) => cache.get(key),
    observe: (raw) => void cached(raw),
    observeDeleted: ({ uid }) => {
      forgotten.push(uid);
      cache.delete('prod/a');
    },
  };
  context = {
    client: {
      request: <T>(request: ApiRequest) => {
        requests.push(request);
        const answer = answers.shift();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
      },
      watch: () => {
        throw new Error('nobody watches here');
      },
      close: () => undefined,
    },
    kind,
    informer: informer as ManagedObjectContext<Thing>['informer'],
    fieldManager: 'us',
  };
});

describe('ensuring', () => {
  it('asks nothing of the server where the cache says that all is well', async () => {
    cached(live(1));
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
    expect(requests).toEqual([]);
  });

  it('creates by name where it is told to, and takes nothing from others by force', async () => {
    context = { ...context, creation: 'apply' };
    answers = [
      new ApiError('PATCH', 409, { reason: 'Conflict' }),
      live(2, { colour: 'blue' }),
      live(3),
    ];
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(sent()).toEqual(['PATCH /a', 'GET /a', 'PUT /a']);
    expect(requests[0]).toEqual({
      method: 'PATCH',
      path: PATH,
      query: { fieldManager: 'us' },
      contentType: 'application/apply-patch+yaml',
      body: desired,
    });
  });

  it('creates what is not there, with a request that cannot overwrite', async () => {
    answers = [live(1)];
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/api/v1/namespaces/prod/things',
        query: { fieldManager: 'us' },
        body: desired,
      },
    ]);
    expect(cache.get('prod/a')).toEqual(decode(live(1)));
  });

  it('mends what differs, by name of the version that it compared, and says who wrote it', async () => {
    cached(live(1, { colour: 'old' }));
    const managedFields = [
      { manager: 'them', time: '2026-01-03T00:00:00Z' },
      { manager: 'us', time: '2026-01-03T00:00:00Z' },
      { manager: 'earlier', time: '2026-01-01T00:00:00Z' },
    ];
    answers = [live(7, { colour: 'blue' }, { managedFields }), live(8)];
    await expect(ensure()).resolves.toEqual({ type: 'repaired', by: 'them' });
    expect(sent()).toEqual(['GET /a', 'PUT /a']);
    expect(requests[1]).toMatchObject({
      path: PATH,
      query: { fieldManager: 'us' },
      body: { colour: 'red', metadata: { uid: 'uid-1', resourceVersion: '7' } },
    });
    expect(cache.get('prod/a')?.resourceVersion).toBe('8');
  });

  it('blames nobody who wrote before we last did', async () => {
    cached(live(1, { colour: 'old' }));
    const managedFields = [
      { manager: 'earlier', time: '2026-01-02T00:00:00Z' },
      { manager: 'us', time: '2026-01-03T00:00:00Z' },
    ];
    answers = [live(7, { colour: 'blue' }, { managedFields }), live(8)];
    await expect(ensure()).resolves.toEqual({ type: 'repaired', by: undefined });
  });

  it('finds out that the cache was behind, and writes nothing', async () => {
    cached(live(1, { colour: 'old' }));
    answers = [live(7)];
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
    expect(sent()).toEqual(['GET /a']);
    expect(cache.get('prod/a')?.resourceVersion).toBe('7');
  });

  it.each([
    ['by trying to create it', 'create', [alreadyExists()], ['POST ', 'GET /a']],
    ['by looking first where that is expected', 'read', [], ['GET /a']],
  ] as const)(
    'leaves what is not ours as it is, found out %s',
    async (_, begin, first, expected) => {
      answers = [...first, live(7, { colour: 'theirs' }, { labels: {} })];
      await expect(ensure(begin)).resolves.toEqual({ type: 'foreign' });
      expect(sent()).toEqual(expected);
      expect(cache.size).toBe(0);
    },
  );

  it('leaves even what looks as it must where it is not ours', async () => {
    answers = [alreadyExists(), live(7, {}, { labels: {} })];
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(cache.size).toBe(0);
  });

  it('reads and compares again where somebody wrote in between', async () => {
    cached(live(1, { colour: 'old' }));
    answers = [live(2, { colour: 'blue' }), conflict(), live(3, { colour: 'green' }), live(4)];
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(sent()).toEqual(['GET /a', 'PUT /a', 'GET /a', 'PUT /a']);
    expect(requests[3]?.body).toMatchObject({ metadata: { resourceVersion: '3' } });
  });

  it('writes no more where somebody took it over in between', async () => {
    cached(live(1, { colour: 'old' }));
    answers = [live(2, { colour: 'blue' }), conflict(), live(3, {}, { labels: {} })];
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(sent()).toEqual(['GET /a', 'PUT /a', 'GET /a']);
  });

  it('creates what went in between', async () => {
    cached(live(1, { colour: 'old' }));
    answers = [live(2, { colour: 'blue' }), notFound(), live(3)];
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    cached(live(1, { colour: 'old' }));
    answers = [notFound(), live(4)];
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    expect(sent()).toEqual(['GET /a', 'PUT /a', 'POST ', 'GET /a', 'POST ']);
  });

  it('looks whose it is where somebody created it in between', async () => {
    cached(live(1, { colour: 'old' }));
    answers = [notFound(), alreadyExists(), live(5)];
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
  });

  it('deletes as compared and creates where a field cannot be changed', async () => {
    cached(live(1, { shape: 'square' }));
    answers = [live(2, { shape: 'square' }), { kind: 'Status' }, live(3, {}, { uid: 'uid-2' })];
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(sent()).toEqual(['GET /a', 'DELETE /a', 'POST ']);
    expect(requests[1]?.body).toMatchObject({
      preconditions: { uid: 'uid-1', resourceVersion: '2' },
    });
    expect(cache.get('prod/a')?.uid).toBe('uid-2');
  });

  it('does not replace what changed since it was compared', async () => {
    cached(live(1, { shape: 'square' }));
    answers = [live(2, { shape: 'square' }), conflict(), live(3, {}, { labels: {} })];
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(sent()).toEqual(['GET /a', 'DELETE /a', 'GET /a']);
  });

  it('leaves to its rightful owner what took the name of a replaced object', async () => {
    cached(live(1, { shape: 'square' }));
    answers = [
      live(2, { shape: 'square' }),
      undefined,
      alreadyExists(),
      live(9, {}, { uid: 'uid-2', labels: {} }),
    ];
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
  });

  it('gives up on a writer that is always faster', async () => {
    cached(live(1, { colour: 'old' }));
    answers = Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0 ? live(i + 2, { colour: 'blue' }) : conflict(),
    );
    await expect(ensure()).rejects.toMatchObject({ code: 409 });
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(5);
  });

  it.each([
    ['a namespace that is not there', 404, {}],
    [
      'a namespace that is going',
      403,
      { details: { causes: [{ reason: 'NamespaceTerminating' }] } },
    ],
    ['a missing permission', 403, {}],
    ['an object that is refused', 422, {}],
    ['an overloaded server', 429, {}],
    ['a broken server', 500, {}],
  ])('passes on what it cannot help: %s', async (_, code, status) => {
    answers = [new ApiError('POST', code, status)];
    await expect(ensure()).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
    expect(cache.size).toBe(0);
  });
});

describe('removing', () => {
  const remove = (object: Fingerprinted) => removeObject(context, object, { isOurs });

  it('deletes the object that was compared, and no other', async () => {
    const object = cached(live(3));
    answers = [{ kind: 'Status', metadata: {} }];
    await expect(remove(object)).resolves.toBe('removed');
    expect(sent()).toEqual(['DELETE /a']);
    expect(requests[0]).toMatchObject({
      path: PATH,
      body: { preconditions: { uid: 'uid-1', resourceVersion: '3' } },
    });
    expect(forgotten).toEqual(['uid-1']);
  });

  it('is content where it is gone already', async () => {
    answers = [notFound()];
    await expect(remove(cached(live(3)))).resolves.toBe('removed');
    answers = [conflict(), notFound(), notFound()];
    await expect(remove(cached(live(3)))).resolves.toBe('removed');
    expect(cache.size).toBe(0);
  });

  it('deletes what was changed meanwhile and still is ours', async () => {
    const object = cached(live(3));
    answers = [conflict(), live(4, { colour: 'blue' }), undefined];
    await expect(remove(object)).resolves.toBe('removed');
    expect(sent()).toEqual(['DELETE /a', 'GET /a', 'DELETE /a']);
    expect(requests[2]?.body).toMatchObject({
      preconditions: { uid: 'uid-1', resourceVersion: '4' },
    });
  });

  it('leaves what somebody took over, or made anew under its name', async () => {
    for (const theirs of [{ labels: {} }, { labels: {}, uid: 'uid-2' }]) {
      requests = [];
      answers = [conflict(), live(9, {}, theirs)];
      await expect(remove(cached(live(3)))).resolves.toBe('foreign');
      expect(sent()).toEqual(['DELETE /a', 'GET /a']);
    }
    expect(forgotten).toEqual([]);
  });

  it('takes the finalizers off that would keep it in force', async () => {
    const object = cached(live(3));
    const kept = live(4, {}, {
      finalizers: ['example.com/stay'],
      deletionTimestamp: 'now',
    } as object);
    answers = [kept, live(5)];
    await expect(remove(object)).resolves.toBe('removed');
    expect(sent()).toEqual(['DELETE /a', 'PUT /a']);
    expect(requests[1]?.body).toEqual({ ...kept, metadata: { ...kept.metadata, finalizers: [] } });
  });

  it('takes off those too that are put on at the same time', async () => {
    const object = cached(live(3));
    const kept = (version: number) => live(version, {}, { finalizers: ['example.com/stay'] });
    answers = [kept(4), conflict(), kept(5), kept(5), live(6)];
    await expect(remove(object)).resolves.toBe('removed');
    expect(sent()).toEqual(['DELETE /a', 'PUT /a', 'GET /a', 'DELETE /a', 'PUT /a']);
  });

  it('does not forget what it could not delete', async () => {
    const object = cached(live(3));
    for (const code of [403, 429, 500]) {
      answers = [new ApiError('DELETE', code, {})];
      await expect(remove(object)).rejects.toMatchObject({ code });
    }
    answers = [live(4, {}, { finalizers: ['example.com/stay'] }), new ApiError('PUT', 403, {})];
    await expect(remove(object)).rejects.toMatchObject({ code: 403 });
    expect(cache.size).toBe(1);
  });

  it('gives up on a writer that is always faster', async () => {
    answers = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? conflict() : live(i + 4)));
    await expect(remove(cached(live(3)))).rejects.toMatchObject({ code: 409 });
    expect(requests.filter(({ method }) => method === 'DELETE')).toHaveLength(5);
  });
});
