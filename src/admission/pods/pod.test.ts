// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodePod } from './pod.ts';

describe('decoding a pod', () => {
  it.each<[string, unknown]>([
    ['nothing in it', {}],
    ['null everywhere', { metadata: null, spec: null }],
    ['null in it', { spec: { hostname: null, hostNetwork: null, containers: [null] } }],
    ['null deep in it', { spec: { securityContext: { windowsOptions: null } } }],
    ['fields that nobody knows', { spec: { containers: [{ ports: 'none', name: 'a' }] }, kind: 7 }],
    ['annotations of others that are no text', { metadata: { annotations: { 'a/b': 1 } } }],
  ])('hands back a pod with %s as it is', (_, value) => {
    const decoded = decodePod(value, 'object');
    expect(decoded).toEqual({ pod: value });
    expect((decoded as { pod: unknown }).pod).toBe(value);
  });

  it.each<[unknown, string]>([
    [undefined, 'object is missing'],
    [null, 'object is missing'],
    ['pod', 'object is a string, not an object'],
    [[], 'object is a list, not an object'],
    [{ spec: 1 }, 'object.spec is a number, not an object'],
    [{ metadata: { name: {} } }, 'object.metadata.name is an object, not a string'],
    [{ spec: { containers: {} } }, 'object.spec.containers is an object, not a list'],
    [
      { spec: { initContainers: Array(1_001).fill({}) } },
      'object.spec.initContainers has more than 1000 entries',
    ],
    [
      { spec: { containers: [{}, {}, { name: 1 }] } },
      'object.spec.containers[2].name is a number, not a string',
    ],
    [
      { spec: { securityContext: { windowsOptions: { gmsaCredentialSpecName: ['a'] } } } },
      'object.spec.securityContext.windowsOptions.gmsaCredentialSpecName is a list, not a string',
    ],
    [
      {
        spec: {
          ephemeralContainers: [
            { securityContext: { windowsOptions: { gmsaCredentialSpec: { Sid: 'secret' } } } },
          ],
        },
      },
      'object.spec.ephemeralContainers[0].securityContext.windowsOptions.gmsaCredentialSpec is an object, not a string',
    ],
    [
      { spec: { initContainers: [{ lifecycle: { postStart: true } }] } },
      'object.spec.initContainers[0].lifecycle.postStart is a boolean, not an object',
    ],
    [
      { metadata: { annotations: { 'gmsa-operator.io/random-hostname': true } } },
      'object.metadata.annotations["gmsa-operator.io/random-hostname"] is a boolean, not a string',
    ],
  ])('says of %j what is wrong, and where', (value, problem) => {
    expect(decodePod(value, 'object')).toEqual({ problem });
  });

  it('takes keys of the language for what they are: fields that nobody knows', () => {
    const value: unknown = JSON.parse(
      '{"__proto__":{"spec":1},"constructor":{"prototype":{"spec":2}},"spec":{"__proto__":{"containers":1},"toString":1}}',
    );
    expect(decodePod(value, 'object')).toEqual({ pod: value });
    expect(({} as { spec?: unknown }).spec).toBeUndefined();
  });

  it('is not troubled by depth', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(decodePod({ spec: { volumes: deep } }, 'object')).toHaveProperty('pod');
  });
});
