// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeReview } from '../review/admission-review.ts';
import { type DecodedPodChange, decodePodChange } from './change.ts';
import { podReview, type RequestFields } from '../testing/reviews.ts';

function decode(object: unknown, fields: RequestFields = {}): DecodedPodChange {
  const decoded = decodeReview(podReview(object, fields));
  if ('problem' in decoded) throw new Error(decoded.problem);
  return decodePodChange(decoded.request);
}

const POD = { metadata: { name: 'web' }, spec: { containers: [{ name: 'a' }] } };

describe('what a request does to a pod', () => {
  it('is its creation, with all its places', () => {
    const change = decode(POD);
    expect(change).toMatchObject({ change: { type: 'create', places: [{}, { name: 'a' }] } });
  });

  it('is the addition of ephemeral containers, with those that are new by name', () => {
    const change = decode(
      {
        spec: { containers: [{ name: 'a' }], ephemeralContainers: [{ name: 'b' }, { name: 'c' }] },
      },
      {
        operation: 'UPDATE',
        subResource: 'ephemeralcontainers',
        // A container of another list is another one.
        oldObject: { spec: { containers: [{ name: 'c' }], ephemeralContainers: [{ name: 'b' }] } },
      },
    );
    expect(change).toMatchObject({
      change: {
        type: 'add-ephemeral-containers',
        places: [{ name: 'c', path: '/spec/ephemeralContainers/1' }],
      },
    });
  });

  it.each(['', 'status', 'resize'])('is an update through the subresource "%s"', (subResource) => {
    const change = decode(POD, { operation: 'UPDATE', subResource, oldObject: POD });
    expect(change).toMatchObject({ change: { type: 'update' } });
  });

  it('is known by its kind alone, or its resource alone', () => {
    expect(decode(POD, { kind: undefined })).toHaveProperty('change');
    expect(decode(POD, { resource: undefined })).toHaveProperty('change');
  });

  it('does not have to be read from the old object where a pod is created', () => {
    expect(decode(POD, { oldObject: 'rubbish' })).toHaveProperty('change');
  });

  it.each<[RequestFields, string]>([
    [{ kind: undefined, resource: undefined }, 'this webhook reviews pods, not ""'],
    [
      {
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
      },
      'this webhook reviews pods, not "configmaps"',
    ],
    [{ kind: { group: 'metrics.k8s.io', kind: 'Pod' } }, 'this webhook reviews pods'],
    [{ resource: { group: '', resource: 'nodes' } }, 'this webhook reviews pods, not "nodes"'],
    [{ operation: 'DELETE', object: null }, 'not "DELETE" of "pods": correct the rules'],
    [{ operation: 'CONNECT', subResource: 'exec' }, 'not "CONNECT" of "pods/exec"'],
    [{ operation: 'CREATE', subResource: 'binding' }, 'not "CREATE" of "pods/binding"'],
    [{ operation: undefined }, 'not "" of "pods"'],
    [{ namespace: '' }, 'request.namespace is missing'],
    [{ object: null }, 'object is missing'],
    [{ object: { spec: [] } }, 'object.spec is a list'],
    [{ operation: 'UPDATE' }, 'oldObject is missing'],
    [{ operation: 'UPDATE', oldObject: { spec: 1 } }, 'oldObject.spec is a number'],
    [{ operation: 'UPDATE', subResource: 'ephemeralcontainers' }, 'oldObject is missing'],
  ])('cannot be told of a request with %j', (fields, problem) => {
    expect(decode(POD, fields)).toEqual({
      problem: expect.stringContaining(problem),
    });
  });
});
