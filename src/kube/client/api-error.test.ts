// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError, type ApiStatus, classifyError, errorMessage } from './api-error.ts';

const answer = (code: number, status: ApiStatus = {}) => new ApiError('GET /x', code, status);
const cause = (reason: string): ApiStatus => ({ details: { causes: [{ reason }] } });

describe('classifyError', () => {
  it.each([
    ['400', answer(400), 'invalid'],
    ['401', answer(401), 'unauthorized'],
    ['403', answer(403), 'forbidden'],
    [
      '403 for a create in a namespace that is being deleted',
      answer(403, cause('NamespaceTerminating')),
      'terminating',
    ],
    ['404', answer(404), 'not-found'],
    ['408', answer(408), 'retry'],
    ['409 for a create', answer(409, { reason: 'AlreadyExists' }), 'already-exists'],
    ['409 for an update', answer(409, { reason: 'Conflict' }), 'conflict'],
    ['409 without a reason', answer(409), 'conflict'],
    ['410', answer(410), 'expired'],
    ['413', answer(413), 'invalid'],
    ['422', answer(422), 'invalid'],
    ['429', answer(429), 'retry'],
    ['500', answer(500), 'retry'],
    ['502', answer(502), 'retry'],
    ['503', answer(503), 'retry'],
    ['504', answer(504), 'retry'],
    [
      '504 for a version that the server has not reached',
      answer(504, cause('ResourceVersionTooLarge')),
      'expired',
    ],
    ['a redirect', answer(302), 'retry'],
    ['a lost connection', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'retry'],
    ['an aborted request', Object.assign(new Error('x'), { name: 'AbortError' }), 'aborted'],
    ['what is no JSON', new SyntaxError('Unexpected token'), 'retry'],
    ['what is not even an error', 'a string', 'retry'],
    ['nothing', undefined, 'retry'],
  ])('%s', (_, error, kind) => {
    expect(classifyError(error)).toBe(kind);
  });
});

describe('an ApiError', () => {
  it('says what was asked and what the server answered', () => {
    const error = new ApiError('PUT /api/v1/nodes/a', 409, { message: 'the object was modified' });
    expect(error.message).toBe('PUT /api/v1/nodes/a: 409 the object was modified');
  });

  it('makes do with the reason, and with nothing', () => {
    expect(answer(404, { reason: 'NotFound' }).message).toBe('GET /x: 404 NotFound');
    expect(answer(500).message).toBe('GET /x: 500 no message');
  });

  it('knows how long to wait from the header, else from the body', () => {
    const inBody: ApiStatus = { details: { retryAfterSeconds: 7 } };
    expect(new ApiError('GET /x', 429, inBody, 2).retryAfterSeconds).toBe(2);
    expect(new ApiError('GET /x', 429, inBody).retryAfterSeconds).toBe(7);
    expect(new ApiError('GET /x', 429, {}).retryAfterSeconds).toBeUndefined();
  });
});

describe('errorMessage', () => {
  it('tells of the causes, where the reason of a lost connection is', () => {
    const error = new Error('fetch failed', {
      cause: new Error('socket', { cause: 'other side closed' }),
    });
    expect(errorMessage(error)).toBe('fetch failed: socket: other side closed');
  });

  it('takes whatever was thrown', () => {
    expect(errorMessage('a string')).toBe('a string');
    expect(errorMessage(undefined)).toBe('undefined');
  });

  it('names what a failed connection to several addresses ran into', () => {
    const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`);
    const error = new AggregateError([refused('::1:6443'), refused('127.0.0.1:6443')]);
    expect(errorMessage(error)).toContain('connect ECONNREFUSED 127.0.0.1:6443');
  });
});
