// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import {
  auditAnnotations,
  boundedWarnings,
  decodeReview,
  encodeReview,
  MAX_WARNING_LENGTH,
  MAX_WARNINGS,
} from './admission-review.ts';
import type { Denial } from './decision.ts';
import { podReview, REVIEW_UID } from '../testing/reviews.ts';

const REQUEST = { uid: 'u1', operation: 'CREATE' };
const review = (fields: object): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: REQUEST,
    ...fields,
  });

function response(...args: Parameters<typeof encodeReview>): Record<string, unknown> {
  const {
    apiVersion,
    kind,
    response: fields,
  } = JSON.parse(encodeReview(...args)) as {
    apiVersion: unknown;
    kind: unknown;
    response: Record<string, unknown>;
  };
  expect([apiVersion, kind]).toEqual(['admission.k8s.io/v1', 'AdmissionReview']);
  return fields;
}

describe('reading a review', () => {
  it('gives the request, objects as they are', () => {
    const object = { metadata: { name: 'web' }, spec: {} };
    expect(decodeReview(podReview(object, { subResource: 'ephemeralcontainers' }))).toEqual({
      request: {
        uid: REVIEW_UID,
        kind: { group: '', kind: 'Pod' },
        resource: { group: '', resource: 'pods' },
        subResource: 'ephemeralcontainers',
        operation: 'CREATE',
        namespace: 'prod',
        name: '',
        object,
        oldObject: null,
      },
    });
  });

  it.each([
    [{ uid: 'u1' }],
    [{ uid: 'u1', kind: null, resource: null, name: null, namespace: null, subResource: null }],
  ])('takes null and nothing for the same: %j', (request) => {
    expect(decodeReview(review({ request }))).toMatchObject({
      request: { kind: undefined, resource: undefined, operation: '', namespace: '', name: '' },
    });
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'the body is empty: send an AdmissionReview'],
    ['text', 'hello secret', 'the body is not JSON'],
    ['half a review', review({}).slice(0, -5), 'the body is not JSON'],
    ['two reviews', review({}) + review({}), 'the body is not JSON'],
    ['depth without end', '['.repeat(1_000_000), 'the body is not JSON'],
    ['null', 'null', 'body is null, not an object'],
    ['a list', '[]', 'body is a list, not an object'],
    ['an empty object', '{}', 'body.apiVersion is missing'],
    ['no request', review({ request: undefined }), 'body.request is missing'],
    ['null for a request', review({ request: null }), 'body.request is null, not an object'],
    ['no UID', review({ request: {} }), 'body.request.uid is missing'],
    ['an empty UID', review({ request: { uid: '' } }), 'body.request.uid is empty'],
    ['a UID that is none', review({ request: { uid: 7 } }), 'body.request.uid is a number'],
    [
      'a kind that is none',
      review({ request: { uid: 'u', kind: 'Pod' } }),
      'body.request.kind is a string, not an object',
    ],
    [
      'a resource that is none',
      review({ request: { uid: 'u', resource: { resource: ['pods'] } } }),
      'body.request.resource.resource is a list, not a string',
    ],
    [
      'an older version',
      review({ apiVersion: 'admission.k8s.io/v1beta1' }),
      'apiVersion is "admission.k8s.io/v1beta1": only admission.k8s.io/v1 is answered here; the webhook configuration must list v1 in admissionReviewVersions',
    ],
    [
      'another kind',
      review({ kind: 'ConversionReview' }),
      'kind is "ConversionReview": only AdmissionReview is answered here',
    ],
    [
      'hostile text for a kind',
      review({ kind: `\u0007${'x'.repeat(100_000)}` }),
      'kind is "\\u{7}x',
    ],
  ])('says what is wrong with %s', (_, text, problem) => {
    const decoded = decodeReview(text);
    expect(decoded).toEqual({ problem: expect.stringContaining(problem) });
    expect(JSON.stringify(decoded).length).toBeLessThan(300);
    expect(JSON.stringify(decoded)).not.toContain('secret');
  });

  it('is not troubled by keys of the language', () => {
    const text = review({}).replace('{', '{"__proto__":{"request":1},"constructor":{},');
    expect(decodeReview(text)).toHaveProperty('request.uid', 'u1');
    expect(decodeReview('{"__proto__":{"apiVersion":"admission.k8s.io/v1"}}')).toEqual({
      problem: 'body.apiVersion is missing',
    });
  });
});

describe('writing an answer', () => {
  const allowed = { allowed: true, patch: [], warnings: [], credspecs: [] } as const;

  it('says no more than is to be said', () => {
    expect(response('u1', allowed)).toEqual({ uid: 'u1', allowed: true });
  });

  it('brings a patch in base64', () => {
    const patch = [{ op: 'add', path: '/spec/hostname', value: 'ä' }] as const;
    const { patchType, patch: encoded } = response('u1', { ...allowed, patch });
    expect(patchType).toBe('JSONPatch');
    expect(JSON.parse(Buffer.from(String(encoded), 'base64').toString())).toEqual(patch);
  });

  it('brings warnings, bounded, and audit annotations', () => {
    const warnings = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(1000)}`);
    const credspecs = [{ name: 'webapp1', uid: 'u2' }];
    const answer = response('u1', { ...allowed, warnings, credspecs });
    expect(answer['auditAnnotations']).toEqual({ credspecs: 'webapp1=u2' });
    expect(JSON.stringify(answer['warnings']).length).toBeLessThan(4096);
  });

  it.each<[Denial['code'], string]>([
    [400, 'BadRequest'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [422, 'Invalid'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])('denies with %i as %s', (code, reason) => {
    const credspecs = [{ name: 'webapp1', uid: 'u2' }];
    expect(response('u1', { allowed: false, denial: { code, message: 'no' }, credspecs })).toEqual({
      uid: 'u1',
      allowed: false,
      status: { status: 'Failure', code, reason, message: 'no' },
      auditAnnotations: { credspecs: 'webapp1=u2' },
    });
  });

  it('names what a 404 is about, for kubectl looks there', () => {
    const denial = { code: 404, message: 'no', missing: 'webapp1' } as const;
    expect(response('u1', { allowed: false, denial, credspecs: [] })).toMatchObject({
      status: {
        details: { name: 'webapp1', group: 'windows.k8s.io', kind: 'gmsacredentialspecs' },
      },
    });
  });
});

it('the audit log is told of each credspec, and of the UID where there is one', () => {
  const credspecs = [
    { name: 'webapp1', uid: '705ab4f5' },
    { name: 'gone', uid: undefined },
  ];
  expect(auditAnnotations(credspecs)).toEqual({ credspecs: 'webapp1=705ab4f5, gone' });
});

it('the audit log is told nothing where there is nothing to tell', () => {
  expect(auditAnnotations([])).toBeUndefined();
});

it('the audit log is told of no more than it can hold', () => {
  const credspecs = Array.from({ length: 200 }, (_, i) => ({
    name: `${'a'.repeat(240)}${i}`,
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  }));
  const { credspecs: value = '' } = auditAnnotations(credspecs) ?? {};
  expect(value).toMatch(/ and 190 more$/);
  expect(value.length).toBeLessThan(4096);
});

it('the key is one that the API server can put its prefix before', () => {
  expect(Object.keys(auditAnnotations([{ name: 'a', uid: 'b' }]) ?? {})).toEqual([
    expect.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/),
  ]);
});

describe('warnings', () => {
  it('are told once each, in their order, on one line', () => {
    expect(boundedWarnings(['b\nb', 'a', 'b\nb'])).toEqual(['b b', 'a']);
  });

  it('are cut where the API server would cut them', () => {
    const [warning = ''] = boundedWarnings(['x'.repeat(10_000)]);
    expect(warning).toBe(`${'x'.repeat(MAX_WARNING_LENGTH - 1)}…`);
  });

  it('are all told up to the most that there may be', () => {
    const all = Array.from({ length: MAX_WARNINGS }, (_, i) => `warning ${i}`);
    expect(boundedWarnings(all)).toEqual(all);
  });

  it('beyond that are counted', () => {
    const all = Array.from({ length: 1000 }, (_, i) => `warning ${i}`);
    const told = boundedWarnings(all);
    expect(told).toHaveLength(MAX_WARNINGS);
    expect(told.at(-2)).toBe('warning 8');
    expect(told.at(-1)).toBe('and 991 more warnings');
  });
});
