// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseAllowedServiceAccounts } from '../../api/allowed-service-accounts.ts';
import { desiredRoleBinding, type RoleBinding } from '../../controller/access/rbac-objects.ts';
import { generatedAccess } from './generated-access.ts';

const OWNER = { name: 'webapp1', uid: 'u' };

/** The RoleBindings that an annotation stands for. */
const bindings = (annotation: string, owner = OWNER): readonly RoleBinding[] =>
  parseAllowedServiceAccounts(annotation).grants.map((grant) => desiredRoleBinding(owner, grant));

const access = (annotation: string, live: readonly RoleBinding[], missing: string[] = []) =>
  generatedAccess(
    {
      metadata: {
        ...OWNER,
        annotations: { 'gmsa-operator.io/allowed-service-accounts': annotation },
      },
    },
    { bindings: live, hasNamespace: (namespace) => !missing.includes(namespace) },
  );

describe('generatedAccess', () => {
  it('has nothing pending where all is as the annotation says', () => {
    const annotation = 'shop/*, prod/web, prod/api, bad entry';
    expect(access(annotation, bindings(annotation).toReversed())).toEqual({
      bindings: [
        { namespace: 'prod', serviceAccounts: ['api', 'web'], allServiceAccounts: false },
        { namespace: 'shop', serviceAccounts: [], allServiceAccounts: true },
      ],
      missingNamespaces: [],
      pending: [],
      foreign: [],
    });
    expect(access('', [])).toMatchObject({ bindings: [], pending: [] });
  });

  it('does not mind the order of subjects', () => {
    const live = bindings('a/x, a/y').map((binding) => ({
      ...binding,
      subjects: binding.subjects?.toReversed() ?? [],
    }));
    expect(access('a/x, a/y', live).pending).toEqual([]);
  });

  it.each<readonly [string, string, string, string[]]>([
    ['nothing is granted yet', 'a/x', '', ['a']],
    ['less is granted', 'a/x, a/y', 'a/x', ['a']],
    ['more is granted', 'a/x', 'a/x, a/y', ['a']],
    ['all are granted it, and one should be', 'a/x', 'a/*', ['a']],
    ['it is still granted where it should not be', 'a/x', 'a/x, b/y', ['b']],
  ])('has namespaces pending where %s', (_, annotation, granted, pending) => {
    expect(access(annotation, bindings(granted)).pending).toEqual(pending);
  });

  it('has another role pending', () => {
    const live = bindings('a/x').map((binding) => ({
      ...binding,
      roleRef: { ...binding.roleRef, name: 'view' },
    }));
    expect(access('a/x', live).pending).toEqual(['a']);
  });

  it('waits for no namespace that does not exist', () => {
    const seen = access('a/x, b/y', bindings('a/x'), ['b']);
    expect(seen).toMatchObject({ missingNamespaces: ['b'], pending: [] });
  });

  it('does not take what somebody else made for the operator’s', () => {
    const foreign = bindings('a/x, b/y').map((binding) => ({
      ...binding,
      metadata: { name: binding.metadata.name, namespace: binding.metadata.namespace ?? '' },
    }));
    expect(access('a/x', foreign)).toEqual({
      bindings: [],
      missingNamespaces: [],
      pending: ['a'],
      foreign: ['RoleBinding a/gmsa-operator:webapp1'],
    });
  });
});
