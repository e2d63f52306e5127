// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { allowedAnnotationHash } from '../../api/allowed-service-accounts.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, type CredspecStatus } from '../../api/credspec.ts';
import type { StoredCredspec } from '../credspecs.ts';
import { askedNotInForce } from './asked-not-in-force.ts';

const REQUEST = { namespace: 'shop', serviceAccount: 'sa' };
const CONFLICT = 'RoleBinding "gmsa-operator:web" in namespace "shop" is not of this operator.';

const condition = (type: string, more: object = {}) => ({
  type,
  status: 'True' as const,
  reason: type,
  message: 'm',
  lastTransitionTime: '2026-11-25T03:00:00Z',
  observedGeneration: 1,
  ...more,
});

function credspec(allowed: string, status?: CredspecStatus, metadata = {}): StoredCredspec {
  return {
    apiVersion: 'windows.k8s.io/v1',
    kind: 'GMSACredentialSpec',
    violations: [],
    metadata: {
      name: 'web',
      uid: 'u',
      generation: 1,
      annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: allowed },
      ...metadata,
    },
    credspec: {},
    ...(status === undefined ? {} : { status }),
  };
}

const observed = (allowed: string, granted: object = {}): CredspecStatus => ({
  observedAnnotationHash: allowedAnnotationHash(allowed),
  conditions: [condition('Ready'), condition('AccessGranted', granted)],
});

describe('askedNotInForce', () => {
  it.each([[''], ['other/sa'], ['shop/another'], ['*/sa'], ['other/*']])(
    'has nothing to say where the annotation %j does not ask for it',
    (allowed) => {
      expect(askedNotInForce(credspec(allowed), REQUEST, 'with-status')).toBeUndefined();
    },
  );

  const failed = (reason: string) => ({ status: 'False', reason, message: CONFLICT });

  it.each<[string, StoredCredspec, string, string, string]>([
    [
      'that nobody has looked at',
      credspec('shop/sa'),
      'shop/sa',
      'no operator has looked at the credential spec',
      'kubectl gmsa doctor',
    ],
    [
      'of which an earlier version was looked at',
      credspec('a/b, shop/*', observed('a/b')),
      'shop/*',
      'the operator has not looked at the credential spec since it was changed',
      'kubectl gmsa doctor',
    ],
    [
      'with a Conflict, which leaves the hash as it was',
      credspec('shop/sa', { ...observed('', failed('Conflict')) }),
      'shop/sa',
      `Conflict: ${CONFLICT}`,
      'kubectl gmsa status web',
    ],
    [
      'that could not be written',
      credspec('shop/sa', observed('shop/sa', failed('WriteFailed'))),
      'shop/sa',
      `WriteFailed: ${CONFLICT}`,
      'kubectl gmsa status web',
    ],
    [
      'whose namespace is missing',
      credspec('shop/sa', {
        ...observed('shop/sa', { reason: 'NamespacesMissing', message: 'as soon as …: shop.' }),
        missingNamespaces: ['shop'],
      }),
      'shop/sa',
      'NamespacesMissing: as soon as …: shop.',
      'kubectl create namespace shop',
    ],
    [
      'that is being deleted',
      credspec('shop/sa', observed('shop/sa'), { deletionTimestamp: '2026-11-25T03:00:00Z' }),
      'shop/sa',
      'the credential spec is being deleted',
      'kubectl gmsa status web',
    ],
    [
      'that was granted, and is not there',
      credspec('shop/sa', observed('shop/sa')),
      'shop/sa',
      'the operator has granted it, and the API server says no all the same: the RoleBinding may have been removed since',
      'kubectl gmsa doctor',
    ],
  ])('says of a credspec %s why', (_, of, entry, why, next) => {
    expect(askedNotInForce(of, REQUEST, 'with-status')).toEqual({ entry, why, next });
  });

  it('blames no operator where the definition keeps no status', () => {
    const stale = credspec('shop/sa', observed('shop/sa'));
    expect(askedNotInForce(stale, REQUEST, 'without-status')).toEqual({
      entry: 'shop/sa',
      why: 'the CustomResourceDefinition of this cluster keeps no status that would say why',
      next: 'kubectl gmsa status web',
    });
  });
});
