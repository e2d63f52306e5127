// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../client/api-error.ts';
import type { ApiRequest, KubeClient } from '../client/client.ts';
import { SilenceError } from '../client/exchange.ts';
import { canResume, createListWatch, isSilence } from './list-watch.ts';

const answer = (code: number, cause?: string) =>
  new ApiError('watch /x', code, {
    details: { causes: cause === undefined ? [] : [{ reason: cause }] },
  });
const connection = (code: string) => Object.assign(new Error('x'), { code });

describe('a list', () => {
  it('is a consistent read: of no version, on every page', async () => {
    const sent: ApiRequest[] = [];
    const request = (each: ApiRequest) => Promise.resolve(sent.push(each));
    const listWatch = createListWatch({
      client: { request } as unknown as KubeClient,
      resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true },
    });
    const { signal } = new AbortController();
    await listWatch.listPage(undefined, signal);
    await listWatch.listPage('token', signal);
    for (const { query = {} } of sent) {
      expect(Object.keys(query)).toEqual(['labelSelector', 'fieldSelector', 'limit', 'continue']);
    }
    expect(sent.map(({ query }) => query?.['continue'])).toEqual([undefined, 'token']);
  });
});

describe('a watch', () => {
  it('goes on where it was on an overloaded server', () => {
    expect(canResume(answer(429))).toBe(true);
    expect(canResume(answer(408))).toBe(true);
  });

  it.each([
    ['410', answer(410)],
    ['404', answer(404)],
    ['401', answer(401)],
    ['403', answer(403)],
    ['500', answer(500)],
    ['a version that the server does not know', answer(504, 'ResourceVersionTooLarge')],
    ['what is no event', new SyntaxError('Unexpected token')],
    ['an error of our own', new TypeError('x is undefined')],
    ['silence', new SilenceError('body', 1)],
    ['a lost connection', connection('ECONNRESET')],
    ['a broken pipe', connection('EPIPE')],
    ['a refused connection', connection('ECONNREFUSED')],
    ['a server that does not answer', new SilenceError('head', 1)],
    ['a server that cannot be reached', new SilenceError('connection', 1)],
    ['502', answer(502)],
    ['503', answer(503)],
    ['504', answer(504)],
    ['what is not even an error', undefined],
  ])('begins with a list after %s', (_, error) => {
    expect(canResume(error)).toBe(false);
  });

  it('was silent where no byte came for too long, and only then', () => {
    expect(isSilence(new SilenceError('body', 1))).toBe(true);
    expect(isSilence(new SilenceError('head', 1))).toBe(false);
    expect(isSilence(answer(504))).toBe(false);
    expect(isSilence(undefined)).toBe(false);
  });
});
