// SPDX-License-Identifier: Apache-2.0
// The races of a removal, one scripted answer after the other; what the API server itself does with each request is
// in test/integration/managed-object.test.ts.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from './client/api-error.ts';
import { removeObject } from './remove-object.ts';
import {
  createThingServer,
  isOurs,
  liveThing as live,
  THING_PATH,
  type ThingServer,
  writtenBy,
} from './testing/managed-things.ts';

const conflict = () => new ApiError('DELETE', 409, { reason: 'Conflict' });
const notFound = () => new ApiError('GET', 404, { reason: 'NotFound' });
const kept = (version: number) =>
  live(version, {}, { ...writtenBy('us'), finalizers: ['example.com/stay'] });

let server: ThingServer;

const remove = () => removeObject(server.context, { name: 'a', namespace: 'prod' }, { isOurs });

beforeEach(() => {
  server = createThingServer();
  server.cached(live(3));
});

describe('removing', () => {
  it('deletes the object that was read, whatever is written to it meanwhile, and no other', async () => {
    server.answers(live(3, {}, writtenBy('us')), { kind: 'Status', metadata: {} });
    await expect(remove()).resolves.toEqual({ type: 'removed' });
    expect(server.sent()).toEqual(['GET /a', 'DELETE /a']);
    expect(server.requests[1]?.path).toBe(THING_PATH);
    expect(server.requests[1]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'uid-1' },
    });
    expect(server.forgotten).toEqual(['uid-1']);
  });

  it('says who had written what it deletes, if that was not the operator', async () => {
    server.answers(live(4, {}, writtenBy('them')), undefined);
    await expect(remove()).resolves.toEqual({ type: 'purged', by: 'them' });
  });

  it('is content if there is no such object, as soon as the watch says so too', async () => {
    for (const answers of [[notFound()], [live(3), notFound()]]) {
      server.cached(live(3));
      server.answers(...answers);
      await expect(remove()).resolves.toEqual({ type: 'unconfirmed' });
      expect(server.cache.size).toBe(1);
      server.cache.clear();
      server.answers(...answers);
      await expect(remove()).resolves.toEqual({ type: 'missing' });
    }
    expect(server.forgotten).toEqual([]);
  });

  it('leaves what somebody took over, or created anew under its name', async () => {
    server.answers(live(9, {}, { labels: {} }));
    await expect(remove()).resolves.toEqual({ type: 'foreign' });
    server.answers(live(3), conflict(), live(9, {}, { labels: {}, uid: 'uid-2' }));
    await expect(remove()).resolves.toEqual({ type: 'foreign' });
    expect(server.sent()).toEqual(['GET /a', 'GET /a', 'DELETE /a', 'GET /a']);
    expect(server.forgotten).toEqual([]);
  });

  it('removes the finalizers that would keep it in force, before or after what others write', async () => {
    const answer = kept(4);
    server.answers(kept(3), answer, live(5));
    await expect(remove()).resolves.toEqual({ type: 'removed' });
    expect(server.sent()).toEqual(['GET /a', 'DELETE /a', 'PUT /a']);
    expect(server.requests[2]?.body).toEqual({
      ...answer,
      metadata: { ...answer.metadata, resourceVersion: '', finalizers: [] },
    });
  });

  it('is content if the finalizers are gone first', async () => {
    server.cache.clear();
    server.answers(kept(3), kept(4), conflict(), notFound());
    await expect(remove()).resolves.toEqual({ type: 'missing' });
    expect(server.sent()).toEqual(['GET /a', 'DELETE /a', 'PUT /a', 'GET /a']);
  });

  it('does not forget what it could not delete', async () => {
    for (const code of [403, 429, 500]) {
      server.answers(live(3), new ApiError('DELETE', code, {}));
      await expect(remove()).rejects.toMatchObject({ code });
    }
    server.answers(kept(3), kept(4), new ApiError('PUT', 403, {}));
    await expect(remove()).rejects.toMatchObject({ code: 403 });
    expect(server.cache.size).toBe(1);
  });

  it('gives up on a name that belongs to another object each time', async () => {
    server.answers(
      ...Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? live(i + 4) : conflict())),
    );
    await expect(remove()).rejects.toMatchObject({ code: 409 });
    expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(5);
  });
});
