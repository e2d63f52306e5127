// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../kube/client/api-error.ts';
import { SilenceError } from '../kube/client/exchange.ts';
import { explainError } from './explain-error.ts';

const CREDSPEC = '/apis/windows.k8s.io/v1/gmsacredentialspecs/x';

describe('explainError', () => {
  it.each([
    [401, {}, /does not know who you are/, /log in/],
    [403, { message: 'not you' }, /you may not do this: not you/, /administrator/],
    [404, { message: 'page not found' }, /has no resource gmsacredentialspecs/, /crds/],
    [
      404,
      { message: 'pods "p" not found', details: { name: 'p' } },
      /^pods "p" not found$/,
      undefined,
    ],
    [422, { message: 'x is invalid' }, /refuses this: x is invalid/, undefined],
    [500, { message: 'etcd' }, /could not answer: .*etcd/, /readyz/],
    [409, { message: 'changed' }, /changed/, /try again/],
  ])('explains an answer %d', (code, status, message, hint) => {
    const explained = explainError(new ApiError(`GET ${CREDSPEC}`, code, status));
    expect(explained.exitCode).toBe(3);
    expect(explained.message).toMatch(message);
    if (hint === undefined) expect(explained.hint).toBeUndefined();
    else expect(explained.hint).toMatch(hint);
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    new TypeError('fetch failed', {
      cause: Object.assign(new Error('self-signed certificate'), {
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      }),
    }),
    new SilenceError('connection', 10_000),
  ])('says of %s that the API server is not reached', (error) => {
    const { message, hint, exitCode } = explainError(error);
    expect(message).toMatch(/^cannot reach the API server: /);
    expect(hint).toMatch(/--context/);
    expect(exitCode).toBe(3);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPROTO'])(
    'knows %s as an error of the network',
    (code) => {
      const { message } = explainError(Object.assign(new Error('x'), { code }));
      expect(message).toBe('cannot reach the API server: x');
    },
  );

  it.each(['EISDIR', 'EIO', 'EACCES', 'EAGAIN', 'EMFILE'])(
    'does not take %s, which files have, for one',
    (code) => {
      const { message, hint } = explainError(Object.assign(new Error('x'), { code }));
      expect(message).toBe('x');
      expect(hint).toMatch(/report/);
    },
  );

  it('makes one short line of a page of HTML, without control characters', () => {
    const page = `<html>\n${'x'.repeat(5_000)}\u001b[2J`;
    const { message } = explainError(new ApiError('GET /x', 502, { message: page }));
    expect(message).not.toContain('\n');
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(1_100);
  });
});
