// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';

const slept: [ms: number, signal: AbortSignal | undefined][] = [];
jest.unstable_mockModule('../wait/clock.ts', () => ({
  sleep: (ms: number, signal?: AbortSignal) => {
    slept.push([ms, signal]);
    return signal?.aborted === true ? Promise.reject(new Error('aborted')) : Promise.resolve();
  },
}));
const { retryAfterClient } = await import('./retry-after.ts');

let answers: unknown[];
let requests: number;

const client = retryAfterClient({
  request: <T>() => {
    requests++;
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
  },
} as unknown as KubeClient);

const busy = (code: number, seconds?: number) => new ApiError('POST /x', code, {}, seconds);
const request = (signal?: AbortSignal) => client.request({ method: 'POST', path: '/x', signal });

beforeEach(() => {
  answers = [];
  requests = 0;
  slept.length = 0;
});

describe('a client that waits when it is asked to', () => {
  it.each([429, 503])(
    'repeats a request that was answered %s, after the time it was told',
    async (code) => {
      answers = [busy(code, 2), busy(code, 1), 'done'];
      await expect(request()).resolves.toBe('done');
      expect(slept.map(([ms]) => ms)).toEqual([2_000, 1_000]);
    },
  );

  it('gives up after three repetitions', async () => {
    answers = Array.from({ length: 9 }, () => busy(429, 1));
    await expect(request()).rejects.toMatchObject({ code: 429 });
    expect(requests).toBe(4);
  });

  it.each([
    ['no time to wait', busy(429)],
    ['a time that is too long for a worker to wait', busy(429, 6)],
    ['another failure, whatever it says', busy(500, 1)],
    ['a lost connection, for the request may have been carried out', new Error('ECONNRESET')],
  ])('leaves it to its caller where the answer is %s', async (_, error) => {
    answers = [error, 'done'];
    await expect(request()).rejects.toBe(error);
    expect(slept).toEqual([]);
  });

  it('waits no longer than its caller does', async () => {
    answers = [busy(429, 2), 'done'];
    await expect(request(AbortSignal.abort())).rejects.toThrow('aborted');
    expect(requests).toBe(1);
  });
});
