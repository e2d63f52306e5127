// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareResourceVersions } from './resource-version.ts';

describe('compareResourceVersions', () => {
  it.each([
    ['9', '10'],
    ['10', '11'],
    ['99999', '100000'],
    // Beyond what a JavaScript number can tell apart.
    ['9007199254740992', '9007199254740993'],
    ['18446744073709551614', '18446744073709551615'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareResourceVersions(older, newer)).toBeLessThan(0);
    expect(compareResourceVersions(newer, older)).toBeGreaterThan(0);
  });

  it('a version is neither older nor newer than itself', () => {
    expect(compareResourceVersions('1234567890', '1234567890')).toBe(0);
  });

  it('orders as the 64-bit numbers that the versions are', () => {
    const version = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareResourceVersions(String(a), String(b));
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
