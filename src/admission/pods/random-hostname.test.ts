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

  it.each<[string, Pod]>([
    ['a host name of its own', gmsaPod({ hostname: 'web-0' }, 'true')],
    ['a name that goes before the host name', gmsaPod({ hostnameOverride: 'web' }, 'true')],
    ["the node's network", gmsaPod({ hostNetwork: true }, 'true')],
    ['HostProcess for all containers', gmsaPod(windows({ hostProcess: true }), 'true')],
    [
      'a HostProcess container',
      gmsaPod({ initContainers: [windows({ hostProcess: true })] }, 'true'),
    ],
    ['no GMSA', pod({ containers: [{ name: 'a' }] }, { [ANNOTATION]: 'true' })],
  ])('is never added to a pod with %s', (_, created) => {
    expect(addRandomHostname(creationOf(created), always).patch).toEqual([]);
  });

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

  const hostname = (random?: (size: number) => Uint8Array): unknown =>
    addRandomHostname(creationOf(gmsaPod()), { ...always, random }).patch[0]?.value;

  it('is a DNS label of 15 characters, a letter first, whatever the random bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (bytes) => {
        let round = 0;
        const random = (size: number): Uint8Array =>
          // The bytes repeat, and one is replaced so that some can be used.
          Uint8Array.from({ length: size }, (_, i) =>
            i === 0 ? round++ : (bytes[i % bytes.length] ?? 0),
          );
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
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const random = (size: number): Uint8Array =>
        new Uint8Array(size).fill(byte, index, index + 1);
      const character = String(hostname(random)).charAt(index);
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    // What is left of the bytes is skipped; then the byte after it counts, which is 0 here: an "a".
    const [each, skipped] = [Math.floor(256 / alphabet.length), 256 % alphabet.length];
    expect(counts).toEqual(
      new Map(Array.from(alphabet, (letter) => [letter, letter === 'a' ? each + skipped : each])),
    );
  });
});
