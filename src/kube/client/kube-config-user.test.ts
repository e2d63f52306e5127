// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { impersonationHeaders } from './kube-config-user.ts';

describe('impersonationHeaders', () => {
  it('sends a header for each value', () => {
    expect(
      impersonationHeaders({
        uid: 'u-1',
        groups: ['platform-admins', 'developers'],
        extra: { scopes: ['view', 'edit'], 'example.com/50% ä': ['x'] },
      }),
    ).toEqual({
      'Impersonate-Uid': ['u-1'],
      'Impersonate-Group': ['platform-admins', 'developers'],
      'Impersonate-Extra-scopes': ['view', 'edit'],
      'Impersonate-Extra-example.com%2F50%25%20%C3%A4': ['x'],
    });
  });

  it('sends none where nothing is asked for', () => {
    expect(impersonationHeaders({})).toEqual({});
    expect(impersonationHeaders({ groups: [], extra: { scopes: [] } })).toEqual({});
  });
});
