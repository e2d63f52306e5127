// SPDX-License-Identifier: Apache-2.0
// How long an informer waits between two attempts, read off what it asks `sleep` for.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError } from '../client/api-error.ts';
import type { CachedObject } from './object-cache.ts';
import {
  connectionLost,
  createFakeResourceServer,
  expired,
  type FakeResourceServer,
} from '../testing/fake-resource-server.ts';
import { createRecordingLogger } from '../testing/recording-logger.ts';

const pauses: number[] = [];
jest.unstable_mockModule('../wait/clock.ts', () => ({
  sleep: (ms: number) => {
    pauses.push(ms);
    return new Promise((resolve) => setImmediate(resolve));
  },
}));
const { createInformer } = await import('./informer.ts');

const BASE_MS = 100;
const MAX_MS = 3_000;

let server: FakeResourceServer;
let stop: AbortController;
let running: Promise<void>;

function run(healthyAfterMs: number): void {
  running = createInformer<CachedObject>({
    client: server.client,
    resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false },
    decode: ({ metadata }) => metadata,
    log: createRecordingLogger(),
    timing: { backoff: { baseMs: BASE_MS, maxMs: MAX_MS }, healthyAfterMs },
  }).run(stop.signal);
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${String(isTrue)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether pauses doubled from the base to the maximum, half of each being jitter. */
function expectDoubling(observed: readonly number[]): void {
  for (const [i, ms] of observed.entries()) {
    const full = Math.min(MAX_MS, BASE_MS * 2 ** i);
    expect(ms).toBeGreaterThanOrEqual(full / 2);
    expect(ms).toBeLessThanOrEqual(full);
  }
}

beforeEach(() => {
  server = createFakeResourceServer();
  stop = new AbortController();
  pauses.length = 0;
});

afterEach(async () => {
  stop.abort();
  await running;
});

describe('the pauses of an informer', () => {
  it.each<[string, (request: string) => Error | undefined]>([
    ['everything fails', () => connectionLost()],
    ['lists are forbidden', () => new ApiError('GET /things', 403, {})],
    [
      'lists are answered and watches are not',
      (request) => (request === 'list' ? undefined : new ApiError('watch /things', 500, {})),
    ],
    [
      'watches are cut as soon as they are open',
      () => {
        setImmediate(() => server.endWatches(connectionLost()));
        return undefined;
      },
    ],
    [
      'watches end in order as soon as they are open',
      () => {
        setImmediate(() => server.endWatches());
        return undefined;
      },
    ],
  ])('grow to the maximum while %s', async (_, fault) => {
    server.fail(fault);
    run(60_000);
    await until(() => pauses.length >= 10);
    expectDoubling(pauses.slice(0, 10));
  });

  it('stay short where a list is all that is wanted, and grow for as long as that does not help', async () => {
    server.fail((request) => (request === 'list' ? undefined : expired()));
    run(60_000);
    await until(() => pauses.length >= 8);
    expectDoubling(pauses.slice(0, 3));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(BASE_MS * 4);
  });

  it('begin anew after a watch that lived', async () => {
    const end = server.fail(() => connectionLost());
    run(30);
    await until(() => pauses.length >= 8);
    end();
    await until(() => server.openWatches() === 1);
    const opened = performance.now();
    await until(() => performance.now() - opened > 40);
    const before = pauses.length;
    server.endWatches(connectionLost());
    await until(() => pauses.length > before);
    expect(pauses[before]).toBeLessThanOrEqual(BASE_MS);
  });

  it('do not begin anew because requests took long to fail', async () => {
    server = createFakeResourceServer({ pageSize: 1, turns: () => 400 });
    for (let i = 0; i < 3; i++) server.put(`thing-${i}`);
    server.fail((request) =>
      request.startsWith('watch') ? new ApiError('watch /things', 500, {}) : undefined,
    );
    run(1);
    await until(() => pauses.length >= 4);
    expectDoubling(pauses.slice(0, 4));
  });

  it('are nothing that a healthy watch has to wait for', async () => {
    run(20);
    for (let i = 1; i <= 3; i++) {
      await until(() => server.openWatches() === 1);
      const opened = performance.now();
      await until(() => performance.now() - opened > 30);
      server.endWatches();
      await until(() => server.requests.length === i + 2);
    }
    expect(pauses).toEqual([]);
  });
});
