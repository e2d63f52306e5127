// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { PLAIN } from '../style.ts';
import { type UseAnswer, useAnswer } from './use-answer.ts';

const NO: UseAnswer = {
  request: { credspec: 'web', namespace: 'shop', serviceAccount: 'sa' },
  review: { allowed: false, reason: undefined },
  grants: [],
  notLookedAt: [],
  serviceAccountExists: true,
  notInForce: undefined,
};
const YES: UseAnswer = {
  ...NO,
  review: { allowed: true, reason: 'RBAC: allowed by …' },
  grants: [
    {
      kind: 'RoleBinding',
      name: 'gmsa-operator:web',
      namespace: 'shop',
      role: { kind: 'ClusterRole', name: 'gmsa-operator:web' },
      subject: 'ServiceAccount shop/sa',
    },
    {
      kind: 'ClusterRoleBinding',
      name: 'admins',
      role: { kind: 'ClusterRole', name: 'cluster-admin' },
      subject: 'Group system:authenticated',
    },
  ],
};

const textOf = (answer: UseAnswer): string => useAnswer(answer).text(PLAIN);

describe('useAnswer', () => {
  it('says yes, and through what', () => {
    expect(textOf(YES)).toBe(`yes

THROUGH                              ROLE                            FOR
RoleBinding shop/gmsa-operator:web   ClusterRole gmsa-operator:web   ServiceAccount shop/sa
ClusterRoleBinding admins            ClusterRole cluster-admin       Group system:authenticated
`);
  });

  it('says in the words of the API server why, where no binding does', () => {
    const review = { allowed: true, reason: 'webhook: because' };
    expect(textOf({ ...YES, review, grants: [], notLookedAt: ['roles'] })).toBe(
      'yes\nwebhook: because\nYou may not read all roles: there may be more.\n',
    );
  });

  it('says no, and what would allow it', () => {
    expect(textOf({ ...NO, serviceAccountExists: false })).toBe(
      'no\nThere is no service account shop/sa (yet).\nThis would allow it: kubectl gmsa allow web shop/sa\n',
    );
  });

  it('says no, and what keeps the annotation from being in force', () => {
    const notInForce = { entry: 'shop/*', why: 'Conflict: m', next: 'kubectl gmsa status web' };
    expect(textOf({ ...NO, notInForce })).toBe(
      'no\nThe annotation allows it (shop/*), which is not in force: Conflict: m\nNext: kubectl gmsa status web\n',
    );
    expect(useAnswer({ ...NO, notInForce }).data).toMatchObject({
      notInForce: { entry: 'shop/*', why: 'Conflict: m' },
      command: 'kubectl gmsa status web',
    });
  });

  it('says all of it to programs', () => {
    expect(useAnswer({ ...NO, notLookedAt: ['roles'] }).data).toEqual({
      credspec: 'web',
      serviceAccount: 'shop/sa',
      allowed: false,
      grants: [],
      notLookedAt: ['roles'],
      serviceAccountExists: true,
      command: 'kubectl gmsa allow web shop/sa',
    });
  });
});
