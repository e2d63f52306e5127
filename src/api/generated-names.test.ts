// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { clusterRoleName, credspecOfGeneratedName, roleBindingName } from './generated-names.ts';

const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}`;

describe('generated names', () => {
  it.each(['gmsa-webapp1', 'a', 'web.prod.example.com', longest])(
    'lead back to the credspec %j',
    (credspec) => {
      expect(clusterRoleName(credspec)).toBe(`gmsa-operator:${credspec}`);
      expect(credspecOfGeneratedName(clusterRoleName(credspec))).toBe(credspec);
      expect(credspecOfGeneratedName(roleBindingName(credspec))).toBe(credspec);
    },
  );

  it.each([
    'gmsa-webapp1',
    'gmsa-operator',
    'gmsa-operator:',
    'gmsa-operator:Upper',
    'gmsa-operator:a:b',
    'xgmsa-operator:a',
    `gmsa-operator:${longest}b`,
  ])('lead nowhere from %j, which no generated object has', (name) => {
    expect(credspecOfGeneratedName(name)).toBeUndefined();
  });
});
