// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Fingerprinted } from '../../kube/managed-object.ts';
import { planAccess } from './access-plan.ts';

const credspec = { name: 'webapp1', uid: 'uid-1' };
const NAMESPACES = new Map([
  ['prod', { terminating: false }],
  ['dev', { terminating: false }],
  ['going', { terminating: true }],
]);

function plan(
  granted: readonly string[],
  bound: readonly string[],
  suspected: readonly string[] = [],
) {
  return planAccess({
    credspec,
    grants: granted.map((namespace) => ({
      namespace,
      serviceAccounts: ['web'],
      allServiceAccounts: false,
    })),
    namespaces: NAMESPACES,
    suspected,
    existing: bound.map((namespace): Fingerprinted => ({
      name: 'gmsa-operator:webapp1',
      namespace,
      uid: `uid-${namespace}`,
      resourceVersion: '1',
      fingerprint: '',
    })),
  });
}

describe('the access plan', () => {
  it.each<{
    readonly title: string;
    readonly granted: readonly string[];
    readonly bound: readonly string[];
    readonly bind: readonly string[];
    readonly remove: readonly string[];
    readonly missing: readonly string[];
  }>([
    { title: 'nothing', granted: [], bound: [], bind: [], remove: [], missing: [] },
    {
      title: 'binds what is granted, also what is bound already: it may have to be repaired',
      granted: ['dev', 'prod'],
      bound: ['prod'],
      bind: ['dev', 'prod'],
      remove: [],
      missing: [],
    },
    {
      title: 'removes what is granted no more, in whatever state the namespace is',
      granted: ['prod'],
      bound: ['dev', 'going', 'gone', 'prod'],
      bind: ['prod'],
      remove: ['dev', 'going', 'gone'],
      missing: [],
    },
    {
      title: 'neither binds nor removes in namespaces that are missing or going',
      granted: ['going', 'later', 'prod'],
      bound: ['going'],
      bind: ['prod'],
      remove: [],
      missing: ['going', 'later'],
    },
  ])('$title', ({ granted, bound, bind, remove, missing }) => {
    const result = plan(granted, bound);
    expect(result.roleBindings.map(({ desired }) => desired.metadata.namespace)).toEqual(bind);
    expect(result.surplus.map(({ namespace }) => namespace)).toEqual(remove);
    expect(result.missingNamespaces).toEqual(missing);
    expect(result.clusterRole.metadata.name).toBe('gmsa-operator:webapp1');
  });

  it('looks once for each binding that no cache shows and no entry grants', () => {
    const suspected = ['dev', 'going', 'prod', 'qa', 'qa'];
    expect(plan(['prod'], ['dev'], suspected).unseen).toEqual(['going', 'qa']);
  });
});
