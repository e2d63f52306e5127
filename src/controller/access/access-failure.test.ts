// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import { conflictFailure, isNamespaceGone, worstFirst, writeFailure } from './access-failure.ts';

const answer = (code: number, details = {}) =>
  new ApiError('POST /x', code, { message: 'the server says why', ...details });

describe('a failed write', () => {
  it.each([
    [403, 'Forbidden', false],
    [422, 'WriteFailed', false],
    [500, 'WriteFailed', true],
    [429, 'WriteFailed', true],
    [401, 'WriteFailed', true],
  ])('answered with %i is %s, and transient: %s', (code, type, transient) => {
    const failure = writeFailure('RoleBinding a/b', answer(code));
    expect(failure).toMatchObject({ type, transient });
    expect(failure.message).toContain('RoleBinding a/b');
    expect(failure.message).toContain('the server says why');
  });

  it('that was stopped by us is no finding', () => {
    const stopped = new DOMException('stopped', 'AbortError');
    expect(() => writeFailure('RoleBinding a/b', stopped)).toThrow(stopped);
  });

  it('that was lost on the way tells the cause of it', () => {
    const lost = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    expect(writeFailure('ClusterRole a', lost).message).toContain('connect ECONNREFUSED');
  });
});

it('what a person must deal with is told first', () => {
  const failures = [
    writeFailure('c', answer(500)),
    writeFailure('b', answer(403)),
    conflictFailure('a'),
  ];
  expect(worstFirst(failures).map(({ type }) => type)).toEqual([
    'Conflict',
    'Forbidden',
    'WriteFailed',
  ]);
});

it.each([
  ['namespace not found', answer(404, { details: { kind: 'namespaces' } }), true],
  ['role not found', answer(404, { details: { kind: 'clusterroles' } }), false],
  [
    'namespace terminating',
    answer(403, { details: { causes: [{ reason: 'NamespaceTerminating' }] } }),
    true,
  ],
  ['forbidden', answer(403), false],
])('%s: the namespace is gone: %p', (_, error, gone) => {
  expect(isNamespaceGone(error)).toBe(gone);
});
