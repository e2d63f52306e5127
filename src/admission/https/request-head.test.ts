// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decideByHead, type RequestHead } from './request-head.ts';

const MAX_BYTES = 1_000;

function decide(head: Omit<RequestHead, 'headers'>, headers: RequestHead['headers'] = {}) {
  return decideByHead(
    {
      method: 'POST',
      ...head,
      headers: { 'content-type': 'application/json', 'content-length': '10', ...headers },
    },
    MAX_BYTES,
  );
}

function refusalOf(decision: ReturnType<typeof decide>) {
  return decision.accepted ? undefined : decision.refusal.code;
}

describe('decideByHead', () => {
  it.each(['/mutate', '/validate', '/validate-credentialspec'])('takes a POST to %s', (path) => {
    expect(decide({ url: path })).toEqual({
      accepted: true,
      path,
      contentLength: 10,
      workMs: 9_500,
    });
  });

  it('reads the time limit in the query, and nothing else', () => {
    expect(decide({ url: '/mutate?timeout=5s&path=/validate' })).toMatchObject({
      path: '/mutate',
      workMs: 4_500,
    });
  });

  it('takes a URL in absolute form', () => {
    expect(decide({ url: 'https://gmsa.example:443/validate?timeout=2s' })).toMatchObject({
      accepted: true,
      path: '/validate',
      workMs: 1_800,
    });
  });

  it.each(['/', '', '*', '/Mutate', '/mutate/', '//mutate', '/mutate%20', '/x?/mutate', 'mutate'])(
    'finds nothing at %p',
    (url) => {
      expect(refusalOf(decide({ url }))).toBe(404);
    },
  );

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post', undefined])(
    'does not do %p',
    (method) => {
      const decision = decide({ method, url: '/mutate' });
      expect(decision).toMatchObject({
        path: '/mutate',
        refusal: { code: 405, headers: { allow: 'POST' } },
      });
    },
  );

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json ;x=y'])(
    'takes the content type %p',
    (type) => {
      expect(decide({ url: '/mutate' }, { 'content-type': type }).accepted).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'text/plain',
    'application/jsonx',
    'application/json+x',
    'x application/json',
  ])('refuses the content type %p', (type) => {
    expect(refusalOf(decide({ url: '/mutate' }, { 'content-type': type }))).toBe(415);
  });

  it('refuses a body that is encoded', () => {
    expect(refusalOf(decide({ url: '/mutate' }, { 'content-encoding': 'gzip' }))).toBe(415);
    expect(decide({ url: '/mutate' }, { 'content-encoding': 'identity' }).accepted).toBe(true);
  });

  it('refuses a body by its announced length', () => {
    const decideLength = (length: string) =>
      refusalOf(decide({ url: '/mutate' }, { 'content-length': length }));
    expect(decideLength('0')).toBe(400);
    expect(decideLength('1000')).toBeUndefined();
    expect(decideLength('1001')).toBe(413);
    expect(decideLength('99999999999999999999999999')).toBe(413);
  });

  it('goes on where no length is announced', () => {
    expect(decide({ url: '/mutate' }, { 'content-length': undefined })).toMatchObject({
      accepted: true,
      contentLength: undefined,
    });
  });
});
