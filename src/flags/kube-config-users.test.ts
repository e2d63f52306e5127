// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { completedUser } from './kube-config-users.ts';

const completed = (raw: Readonly<Record<string, unknown>>, user: object = {}) =>
  completedUser({ name: 'u', ...user }, raw, '/home/jane/.kube');

describe('completedUser', () => {
  it('has nothing to add to most users', () => {
    expect(completed({ token: 't' }, { token: 't' })).toEqual({ name: 'u', token: 't' });
  });

  it('finds a token file beside the kubeconfig, before the token', () => {
    expect(completed({ tokenFile: './token' }, { token: 't' })).toEqual({
      ...{ name: 'u', token: '' },
      authProvider: { name: 'tokenFile', config: { tokenFile: '/home/jane/.kube/token' } },
    });
  });

  it.each([
    ['./plugin.sh', '/home/jane/.kube/plugin.sh'],
    ['bin/plugin', '/home/jane/.kube/bin/plugin'],
    ['/usr/bin/plugin', '/usr/bin/plugin'],
    ['kubelogin', 'kubelogin'],
  ])('runs the credential plugin %s as %s', (command, path) => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command };
    const env = [
      { name: 'KUBERNETES_EXEC_INFO', value: expect.stringContaining('"ExecCredential"') },
    ];
    expect(completed({ exec }, { exec })).toMatchObject({ exec: { command: path, env } });
  });

  it('takes along whom it impersonates', () => {
    const raw = {
      'as-uid': 'u-1',
      'as-groups': ['a', 7, 'b'],
      'as-user-extra': { scopes: ['view'], wrong: 'x' },
    };
    expect(completed(raw, { impersonateUser: 'jane' })).toEqual({
      ...{ name: 'u', impersonateUser: 'jane' },
      impersonation: {
        uid: 'u-1',
        groups: ['a', 'b'],
        extra: { scopes: ['view'], wrong: [] },
      },
    });
  });
});
