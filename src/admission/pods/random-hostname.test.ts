// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pod } from './pod.ts';
import { addRandomHostname } from './random-hostname.ts';
import { creationOf, gmsa, pod, windows } from '../testing/pods.ts';

const ANNOTATION = 'gmsa-operator.io/random-hostname';
const always = { randomHostname: 'always' } as const;
const annotated = { randomHostname: 'annotated' } as const;
const gmsaPod = (spec: Pod['spec'] = {}, annotation?: string): Pod =>
  pod(
    { containers: [{ name: 'a', ...gmsa('webapp1') }], ...spec },
    annotation === undefined ? undefined : { [ANNOTATION]: annotation },
  );

describe('a random host name', () => {
  it.each([
    ['always', undefined, true],
    ['always', 'true', true],
    ['always', 'false', false],
    ['annotated', undefined, false],
    ['annotated', 'true', true],
    ['annotated', 'false', false],
  ] as const)(
    'is added where the option is %s and the annotation %s: %s',
    (option, value, isAdded) => {
      const addition = addRandomHostname(creationOf(gmsaPod({}, value)), {
        randomHostname: option,
      });
      expect(addition.patch).toHaveLength(isAdded ? 1 : 0);
      expect(addition.warnings).toEqual([]);
    },
  );

  it.each(['yes', 'True', '', 'true ', '1'])(
    'is left to the option where the annotation is "%s", with a warning',
    (value) => {
      const change = creationOf(gmsaPod({}, value));
      expect(addRandomHostname(change, always).patch).toHaveLength(1);
      expect(addRandomHostname(change, annotated)).toEqual({
        patch: [],
        warnings: [
          `annotation ${ANNOTATION}: "${value}" is ignored, and the default holds: write "true" or "false"`,
        ],
      });
    },
  );

  const inVain = (why: string): readonly string[] => [
    `annotation ${ANNOTATION} has no effect: ${why}`,
  ];
  const named = inVain(
    'the pod has a host name already, which StatefulSets and Indexed Jobs set; choose a name of the workload with which the first 15 characters of its pods differ',
  );
  const onNode = inVain("the pod is on its node's network, and has the name of the node");

  it.each<[string, Pod, readonly string[]]>([
    ['a host name of its own', gmsaPod({ hostname: 'web-0' }, 'true'), named],
    [
      'the host name that its StatefulSet sets',
      gmsaPod({ hostname: 'inventory-service-backend-0' }, 'true'),
      named,
    ],
    ['a name that goes before the host name', gmsaPod({ hostnameOverride: 'web' }, 'true'), named],
    ["the node's network", gmsaPod({ hostNetwork: true }, 'true'), onNode],
    ['HostProcess for all containers', gmsaPod(windows({ hostProcess: true }), 'true'), onNode],
    [
      'a HostProcess container',
      gmsaPod({ initContainers: [windows({ hostProcess: true })] }, 'true'),
      onNode,
    ],
    ['a host name, which the option alone does not mind', gmsaPod({ hostname: 'web-0' }), []],
    ['the random host name of a call before', gmsaPod({ hostname: 'k3j5x8q2m7p1z9a' }, 'true'), []],
    ['no GMSA', pod({ containers: [{ name: 'a' }] }, { [ANNOTATION]: 'true' }), []],
  ])(
    'is never added to a pod with %s, which is told where it asks for it',
    (_, created, warnings) => {
      expect(addRandomHostname(creationOf(created), always)).toEqual({ patch: [], warnings });
    },
  );

  it.each<[string, Pod]>([
    ['an empty host name', gmsaPod({ hostname: '', hostnameOverride: null })],
    ['its own network', gmsaPod({ hostNetwork: false, ...windows({ hostProcess: false }) })],
    ['a GMSA for all containers', pod(gmsa('webapp1'))],
    ['a GMSA for an init container', pod({ initContainers: [gmsa('webapp1', 'inlined')] })],
  ])('is added to a pod with %s', (_, created) => {
    expect(addRandomHostname(creationOf(created), always).patch).toMatchObject([
      { op: 'add', path: '/spec/hostname' },
    ]);
  });

  const hostname = (random?: (below: number) => number): unknown =>
    addRandomHostname(creationOf(gmsaPod()), { ...always, random }).patch[0]?.value;

  it('is a DNS label of 15 characters, a letter first, whatever the random numbers are', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const random = (below: number): number => (numbers.next().value ?? 0) % below;
        expect(hostname(random)).toMatch(/^[a-z][a-z0-9]{14}$/);
      }),
    );
  });

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => hostname())).size).toBe(1000);
  });

  it.each([
    ['first', 0, 'abcdefghijklmnopqrstuvwxyz'],
    ['second', 1, 'abcdefghijklmnopqrstuvwxyz0123456789'],
  ] as const)('has no %s character that is likelier than another', (_, index, alphabet) => {
    const characters = Array.from(alphabet, (_letter, number) => {
      let calls = 0;
      const random = (below: number): number => {
        const isAsked = calls++ === index;
        // Each number below the length of the alphabet is as likely as another.
        if (isAsked) expect(below).toBe(alphabet.length);
        return isAsked ? number : 0;
      };
      return String(hostname(random)).charAt(index);
    });
    expect(characters.join('')).toBe(alphabet);
  });
});
