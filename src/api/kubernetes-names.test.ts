// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { isDns1123Label, isDns1123Subdomain } from './kubernetes-names.ts';

const label63 = 'a'.repeat(63);

describe('isDns1123Label', () => {
  it.each(['a', '0', 'a-b', 'a--b', 'kube-system', label63])('accepts %j', (name) => {
    expect(isDns1123Label(name)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a b', 'a\n', 'é', `${label63}a`])(
    'refuses %j',
    (name) => {
      expect(isDns1123Label(name)).toBe(false);
    },
  );
});

describe('isDns1123Subdomain', () => {
  it.each([
    'a',
    'a.b',
    'gmsa-webapp1',
    `${label63}a`,
    `${`${label63}.`.repeat(3)}${'b'.repeat(61)}`,
  ])('accepts %j', (name) => {
    expect(isDns1123Subdomain(name)).toBe(true);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a.-b', 'a-.b', 'gmsa-WebApp1', 'a/b', 'a'.repeat(254)])(
    'refuses %j',
    (name) => {
      expect(isDns1123Subdomain(name)).toBe(false);
    },
  );
});
