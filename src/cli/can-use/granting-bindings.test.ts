// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { allowsUse, bindingsFor } from './granting-bindings.ts';

type Binding = Parameters<typeof bindingsFor>[1][number];
type Subject = NonNullable<Binding['subjects']>[number];

const REQUEST = { credspec: 'web', namespace: 'shop', serviceAccount: 'sa' };
const RULE = {
  apiGroups: ['windows.k8s.io'],
  resources: ['gmsacredentialspecs'],
  resourceNames: ['web'],
  verbs: ['use'],
};

describe('allowsUse', () => {
  it.each<[string, boolean, Partial<typeof RULE>]>([
    ['the rule of the operator', true, {}],
    ['no names', true, { resourceNames: [] }],
    ['wildcards', true, { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    ['several of each', true, { verbs: ['get', 'use'], resourceNames: ['other', 'web'] }],
    ['another name', false, { resourceNames: ['other'] }],
    ['a wildcard for a name, which is none', false, { resourceNames: ['*'] }],
    ['another verb', false, { verbs: ['get'] }],
    ['another group', false, { apiGroups: ['apps'] }],
    ['another resource', false, { resources: ['gmsacredentialspecs/status'] }],
    ['no verbs', false, { verbs: [] }],
  ])('by %s: %s', (_, allowed, change) => {
    expect(allowsUse([{ ...RULE, ...change }], 'web')).toBe(allowed);
  });

  it.each([[undefined], [null], [[]]])('not by %j', (rules) => {
    expect(allowsUse(rules, 'web')).toBe(false);
  });

  it('not by the parts of two rules', () => {
    expect(
      allowsUse(
        [
          { ...RULE, verbs: ['get'] },
          { ...RULE, resourceNames: ['x'] },
        ],
        'web',
      ),
    ).toBe(false);
  });
});

describe('bindingsFor', () => {
  const binding = (...subjects: Subject[]): Binding => ({
    metadata: { name: 'b', namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
    subjects,
  });

  it.each<[string, Subject, string | undefined]>([
    ['itself', { kind: 'ServiceAccount', name: 'sa', namespace: 'shop' }, 'ServiceAccount shop/sa'],
    ['one of another namespace', { kind: 'ServiceAccount', name: 'sa', namespace: 'x' }, undefined],
    ['another', { kind: 'ServiceAccount', name: 'other', namespace: 'shop' }, undefined],
    [
      'its user',
      { kind: 'User', name: 'system:serviceaccount:shop:sa' },
      'User system:serviceaccount:shop:sa',
    ],
    [
      'all of its namespace',
      { kind: 'Group', name: 'system:serviceaccounts:shop' },
      'Group system:serviceaccounts:shop',
    ],
    ['all of another', { kind: 'Group', name: 'system:serviceaccounts:x' }, undefined],
    [
      'all service accounts',
      { kind: 'Group', name: 'system:serviceaccounts' },
      'Group system:serviceaccounts',
    ],
    ['everybody', { kind: 'Group', name: 'system:authenticated' }, 'Group system:authenticated'],
    ['something unknown', { kind: 'Robot', name: 'sa' }, undefined],
  ])('finds a binding for %s', (_, subject, told) => {
    const grants = bindingsFor(REQUEST, [binding(subject)]);
    expect(grants.map((grant) => grant.subject)).toEqual(told === undefined ? [] : [told]);
  });

  it('is not disturbed by bindings for nobody', () => {
    const nobody = { metadata: binding().metadata, roleRef: binding().roleRef };
    expect(bindingsFor(REQUEST, [nobody, binding()])).toEqual([]);
  });
});
