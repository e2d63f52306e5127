// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '../kube/client/client.ts';
import { createFakeClock, type FakeClock } from '../kube/testing/fake-clock.ts';
import { createRecordingLogger } from '../kube/testing/recording-logger.ts';
import type { MetricsReaders } from '../observability/metrics-server.ts';
import { createMetricsReaders } from './metrics-access.ts';

const KNOWN = {
  authenticated: true,
  user: { username: 'prometheus', uid: 'uid-1', groups: ['monitoring'], extra: { scopes: ['a'] } },
};

let clock: FakeClock;
let log: ReturnType<typeof createRecordingLogger>;
let sent: ApiRequest[];
/** What the API server says; errors are thrown, and `undefined` is never answered. */
let token: unknown;
let access: unknown;
let readers: MetricsReaders;

beforeEach(() => {
  clock = createFakeClock();
  log = createRecordingLogger();
  sent = [];
  [token, access] = [KNOWN, { allowed: true }];
  const client = {
    request: <T>(request: ApiRequest): Promise<T> => {
      sent.push(request);
      const status = request.path.endsWith('tokenreviews') ? token : access;
      if (status instanceof Error) return Promise.reject(status);
      return status === undefined ? new Promise(() => undefined) : Promise.resolve({ status } as T);
    },
  };
  readers = createMetricsReaders({ client, log, clock });
});

const reviewed = (): unknown[] => sent.map(({ body }) => (body as { readonly spec: unknown }).spec);

describe('metrics readers', () => {
  it('lets in whom the API server knows and allows it, by all that it knows of them', async () => {
    expect(await readers('Bearer abc.def')).toBe('allowed');
    const { username: user, ...rest } = KNOWN.user;
    expect(reviewed()).toEqual([
      { token: 'abc.def' },
      { user, ...rest, nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ]);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'abc', 'Bearer a b'])(
    'asks nobody about %j',
    async (authorization) => {
      expect(await readers(authorization)).toBe('unauthenticated');
      expect(sent).toEqual([]);
    },
  );

  it('refuses a token that the API server does not know, and a user whom it does not allow it', async () => {
    access = { allowed: false };
    expect(await readers('Bearer a')).toBe('forbidden');
    token = { authenticated: false };
    expect(await readers('Bearer a')).toBe('unauthenticated');
  });

  it('relies on a yes for a minute, and on a no not at all', async () => {
    expect(await readers('Bearer a')).toBe('allowed');
    access = { allowed: false };
    await clock.advance(59_999);
    expect(await readers('bearer a')).toBe('allowed');
    expect(sent).toHaveLength(2);
    await clock.advance(1);
    expect(await readers('Bearer a')).toBe('forbidden');
    access = { allowed: true };
    expect(await readers('Bearer a')).toBe('allowed');
  });

  it('refuses where the API server fails or keeps silent, and logs that once a minute', async () => {
    token = new Error('connection refused');
    expect(await readers('Bearer a')).toBe('undecided');
    [token, access] = [KNOWN, undefined];
    const silent = readers('Bearer a');
    await clock.advance(5_000);
    expect(await silent).toBe('undecided');
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { error: 'connection refused' } }]);
    access = { allowed: true };
    expect(await readers('Bearer a')).toBe('allowed');
  });

  it('asks the API server about so many tokens only, whoever sends them', async () => {
    expect(await readers('Bearer prometheus')).toBe('allowed');
    token = { authenticated: false };
    const flood = (): Promise<readonly string[]> =>
      Promise.all(Array.from({ length: 100 }, (_, i) => readers(`Bearer ${String(i)}`)));
    const answers = await flood();
    expect(answers.filter((answer) => answer === 'unauthenticated')).toHaveLength(19);
    expect(answers.filter((answer) => answer === 'too-many-reviews')).toHaveLength(81);
    expect(await readers('Bearer prometheus')).toBe('allowed');
    await clock.advance(1_000);
    expect((await flood()).filter((answer) => answer === 'unauthenticated')).toHaveLength(5);
  });

  it('reviews a token that was allowed before, whoever floods it with others', async () => {
    expect(await readers('Bearer prometheus')).toBe('allowed');
    const flood = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, (_, i) => readers(`Bearer ${String(i)}`)));
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      token = { authenticated: false };
      await flood();
      token = KNOWN;
      expect(await readers('Bearer prometheus')).toBe('allowed');
    }
    // Once refused, it is one among others.
    token = { authenticated: false };
    await clock.advance(60_000);
    await flood();
    expect(await readers('Bearer prometheus')).toBe('unauthenticated');
    expect(await readers('Bearer prometheus')).toBe('too-many-reviews');
  });

  it('remembers a hundred tokens', async () => {
    for (let i = 0; i <= 100; i++) {
      await clock.advance(200);
      expect(await readers(`Bearer ${String(i)}`)).toBe('allowed');
    }
    access = { allowed: false };
    expect(await readers('Bearer 100')).toBe('allowed');
    expect(await readers('Bearer 0')).toBe('forbidden');
  });
});
