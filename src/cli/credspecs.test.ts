// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeStoredCredspec } from './credspecs.ts';

const RAW = {
  apiVersion: 'windows.k8s.io/v1',
  kind: 'GMSACredentialSpec',
  metadata: { name: 'webapp1', uid: 'u' },
};

describe('decodeStoredCredspec', () => {
  it('keeps contents as they are, and of a status what has the right types', () => {
    const credspec = { CmsPlugins: null, Extra: 1 };
    expect(
      decodeStoredCredspec({ ...RAW, credspec, status: { clusterRole: 'x', bindings: 1 } }),
    ).toEqual({
      ...RAW,
      credspec,
      status: { clusterRole: 'x' },
      violations: [
        'credspec.CmsPlugins is nothing, not a list',
        'status.bindings is a number, not a list',
      ],
    });
  });

  it('finds nothing wrong with what is left out', () => {
    expect(decodeStoredCredspec(RAW)).toEqual({ ...RAW, violations: [] });
  });

  it.each([7, 'x', true, [], null, { DomainJoinConfig: 7 }, { DomainJoinConfig: [] }])(
    'takes %j as contents and as status',
    (value) => {
      const decoded = decodeStoredCredspec({ ...RAW, credspec: value, status: value });
      expect(decoded.credspec).toBe(value);
      expect(decoded.violations).not.toEqual([]);
      expect(decoded.status?.conditions).toBeUndefined();
    },
  );
});
