// SPDX-License-Identifier: Apache-2.0
// The races of managed objects, one scripted answer after the other; what the API server itself does
// with each request is in test/integration/managed-object.test.ts.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from './client/api-error.ts';
import { ensureObject } from './ensure-object.ts';
import { decodeFingerprinted } from './managed-object.ts';
import {
  createThingServer,
  desiredThing as desired,
  isOurs,
  liveThing as live,
  THING_PATH as PATH,
  thingKind,
  type ThingServer,
  writtenBy,
} from './testing/managed-things.ts';

const conflict = () => new ApiError('PUT', 409, { reason: 'Conflict' });
const alreadyExists = () => new ApiError('POST', 409, { reason: 'AlreadyExists' });
const notFound = () => new ApiError('GET', 404, { reason: 'NotFound' });

const decode = decodeFingerprinted(thingKind);

let server: ThingServer;

const ensure = (begin?: 'create' | 'read', context = server.context) =>
  ensureObject(context, desired, { isOurs, ...(begin === undefined ? {} : { begin }) });

beforeEach(() => {
  server = createThingServer();
});

describe('ensuring', () => {
  it('asks nothing of the server where the cache says that all is well', async () => {
    server.cached(live(1));
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
    expect(server.requests).toEqual([]);
  });

  it('creates by name where it is told to, and takes nothing from others by force', async () => {
    server.answers(
      new ApiError('PATCH', 409, { reason: 'Conflict' }),
      live(2, { colour: 'blue' }),
      live(3),
    );
    const context = { ...server.context, creation: 'apply' } as const;
    await expect(ensure('create', context)).resolves.toMatchObject({ type: 'repaired' });
    expect(server.sent()).toEqual(['PATCH /a', 'GET /a', 'PUT /a']);
    expect(server.requests[0]).toEqual({
      method: 'PATCH',
      path: PATH,
      query: { fieldManager: 'us' },
      contentType: 'application/apply-patch+yaml',
      body: desired,
    });
  });

  it('creates what is not there, with a request that cannot overwrite', async () => {
    server.answers(live(1));
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    expect(server.requests).toEqual([
      {
        method: 'POST',
        path: '/api/v1/namespaces/prod/things',
        query: { fieldManager: 'us' },
        body: desired,
      },
    ]);
    expect(server.cache.get('prod/a')).toEqual(decode(live(1)));
  });

  it('repairs what differs, by name of the version that it compared, and says who wrote it', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(7, { colour: 'blue' }, writtenBy('them')), live(8));
    await expect(ensure()).resolves.toEqual({ type: 'repaired', by: 'them' });
    expect(server.sent()).toEqual(['GET /a', 'PUT /a']);
    expect(server.requests[1]).toMatchObject({
      path: PATH,
      query: { fieldManager: 'us' },
      body: { colour: 'red', metadata: { uid: 'uid-1', resourceVersion: '7' } },
    });
    expect(server.cache.get('prod/a')?.resourceVersion).toBe('8');
  });

  it('updates what it wrote itself for an earlier desired state, and blames nobody', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(7, { colour: 'old' }, writtenBy('us')), live(8));
    await expect(ensure()).resolves.toEqual({ type: 'updated' });
  });

  it('finds out that the cache was behind, and writes nothing', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(7));
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
    expect(server.sent()).toEqual(['GET /a']);
    expect(server.cache.get('prod/a')?.resourceVersion).toBe('7');
  });

  it.each([
    ['by trying to create it', 'create', [alreadyExists()], ['POST ', 'GET /a']],
    ['by looking first where that is expected', 'read', [], ['GET /a']],
  ] as const)(
    'leaves what is not ours as it is, found out %s',
    async (_, begin, first, expected) => {
      server.answers(...first, live(7, { colour: 'theirs' }, { labels: {} }));
      await expect(ensure(begin)).resolves.toEqual({ type: 'foreign' });
      expect(server.sent()).toEqual(expected);
      expect(server.cache.size).toBe(0);
    },
  );

  it('leaves even what looks as it must where it is not ours', async () => {
    server.answers(alreadyExists(), live(7, {}, { labels: {} }));
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(server.cache.size).toBe(0);
  });

  it('reads and compares again where somebody wrote in between', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(2, { colour: 'blue' }), conflict(), live(3, { colour: 'green' }), live(4));
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(server.sent()).toEqual(['GET /a', 'PUT /a', 'GET /a', 'PUT /a']);
    expect(server.requests[3]?.body).toMatchObject({ metadata: { resourceVersion: '3' } });
  });

  it('writes no more where somebody took it over in between', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(2, { colour: 'blue' }), conflict(), live(3, {}, { labels: {} }));
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(server.sent()).toEqual(['GET /a', 'PUT /a', 'GET /a']);
  });

  it('creates what went in between', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(live(2, { colour: 'blue' }), notFound(), live(3));
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    server.cached(live(1, { colour: 'old' }));
    server.answers(notFound(), live(4));
    await expect(ensure()).resolves.toEqual({ type: 'created' });
    expect(server.sent()).toEqual(['GET /a', 'PUT /a', 'POST ', 'GET /a', 'POST ']);
  });

  it('looks whose it is where somebody created it in between', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(notFound(), alreadyExists(), live(5));
    await expect(ensure()).resolves.toEqual({ type: 'unchanged' });
  });

  it('deletes and creates where a field cannot be changed', async () => {
    server.cached(live(1, { shape: 'square' }));
    server.answers(
      live(2, { shape: 'square' }),
      { kind: 'Status', metadata: {} },
      live(3, {}, { uid: 'uid-2' }),
    );
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(server.sent()).toEqual(['GET /a', 'DELETE /a', 'POST ']);
    expect(server.requests[1]?.body).toMatchObject({ preconditions: { uid: 'uid-1' } });
    expect(server.cache.get('prod/a')?.uid).toBe('uid-2');
  });

  it('does not replace what is another object by now', async () => {
    server.cached(live(1, { shape: 'square' }));
    server.answers(live(2, { shape: 'square' }), conflict(), live(3, {}, { labels: {} }));
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
    expect(server.sent()).toEqual(['GET /a', 'DELETE /a', 'GET /a']);
  });

  it('leaves to its rightful owner what took the name of a replaced object', async () => {
    server.cached(live(1, { shape: 'square' }));
    server.answers(
      live(2, { shape: 'square' }),
      undefined,
      alreadyExists(),
      live(9, {}, { uid: 'uid-2', labels: {} }),
    );
    await expect(ensure()).resolves.toEqual({ type: 'foreign' });
  });

  it('gives up on a writer that is always faster', async () => {
    server.cached(live(1, { colour: 'old' }));
    server.answers(
      ...Array.from({ length: 50 }, (_, i) =>
        i % 2 === 0 ? live(i + 2, { colour: 'blue' }) : conflict(),
      ),
    );
    await expect(ensure()).rejects.toMatchObject({ code: 409 });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(5);
  });

  it('takes access away whatever others write meanwhile, finalizers included', async () => {
    const held = () => live(2, { colour: 'open to all' }, { finalizers: ['example.com/stay'] });
    server.cached(held());
    server.answers(held(), conflict(), held(), { metadata: {} }, live(9));
    await expect(ensure()).resolves.toMatchObject({ type: 'repaired' });
    expect(server.sent()).toEqual(['GET /a', 'PUT /a', 'GET /a', 'DELETE /a', 'POST ']);
    expect(server.requests[1]?.body).toMatchObject({ metadata: { finalizers: [] } });
    expect(server.requests[3]?.body).toMatchObject({ preconditions: { uid: 'uid-1' } });
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
    server.answers(new ApiError('POST', code, status));
    await expect(ensure()).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
    expect(server.cache.size).toBe(0);
  });
});
