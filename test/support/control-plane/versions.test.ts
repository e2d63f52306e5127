// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_KUBERNETES_VERSION, minorOf, resolveKubernetesVersion } from './versions.ts';

describe('resolveKubernetesVersion', () => {
  it.each([
    [undefined, DEFAULT_KUBERNETES_VERSION],
    ['', DEFAULT_KUBERNETES_VERSION],
    ['1.34', '1.34.4'],
    ['1.35', '1.35.4'],
    ['1.36', '1.36.3'],
    ['1.37', '1.37.2'],
    ['v1.37', '1.37.2'],
    ['1.36.1', '1.36.1'],
    ['v1.36.1', '1.36.1'],
  ])('reads %p as %s', (requested, version) => {
    expect(resolveKubernetesVersion(requested)).toBe(version);
  });

  it.each(['1.12', 'latest', '1', '2.0.0', '1.37.2-rc.1', '1.37 '])(
    'refuses %p and says what it takes',
    (requested) => {
      expect(() => resolveKubernetesVersion(requested)).toThrow(
        /is not known: give one of 1\.34, 1\.35, 1\.36, 1\.37, or a full version such as 1\.37\.2/,
      );
    },
  );
});

describe('minorOf', () => {
  it('keeps major and minor', () => {
    expect(minorOf('1.37.2')).toBe('1.37');
  });
});
