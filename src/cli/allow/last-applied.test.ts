// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { isTakenBackByApply } from './last-applied.ts';

const KEY = 'gmsa-operator.io/allowed-service-accounts';
const applied = (annotations: unknown) => ({
  annotations: {
    [KEY]: 'shop/web, shop/other',
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: { name: 'webapp', annotations },
    }),
  },
});

describe('isTakenBackByApply', () => {
  it.each<readonly [boolean, string, Parameters<typeof isTakenBackByApply>[0], string]>([
    [true, 'the file has other entries', applied({ [KEY]: 'shop/web' }), 'shop/web, shop/other'],
    [true, 'the file has entries that are revoked', applied({ [KEY]: 'shop/web' }), ''],
    [false, 'the file has the same', applied({ [KEY]: 'shop/web' }), 'shop/web'],
    [false, 'the file has no such annotation', applied({ note: 'x' }), 'shop/web'],
    [false, 'the file has no annotations', applied(null), 'shop/web'],
    [false, 'the file was not applied by kubectl', { annotations: { [KEY]: 'a/b' } }, 'shop/web'],
    [false, 'there are no annotations', {}, 'shop/web'],
    [
      false,
      'what is there is not JSON',
      { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{' } },
      'shop/web',
    ],
  ])('is %s where %s', (expected, _, metadata, after) => {
    expect(isTakenBackByApply(metadata, after)).toBe(expected);
  });
});
