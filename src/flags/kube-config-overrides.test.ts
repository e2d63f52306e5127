// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { type KubeConfigOverrides, overrideKubeConfig } from './kube-config-overrides.ts';
import { asRequested } from './kube-config-requests.ts';

const CLUSTER = {
  name: 'a',
  server: 'https://a:6443',
  skipTLSVerify: false,
  caData: 'Y2E=',
  tlsServerName: 'kubernetes',
};
const USER = {
  name: 'admin',
  token: 'secret',
  exec: { command: 'kubelogin' },
  certData: 'Y2VydA==',
  keyData: 'a2V5',
  impersonateUser: 'jane',
  impersonation: { groups: ['a'] },
};

function config(cluster: object = CLUSTER): KubeConfig {
  const result = new KubeConfig();
  result.loadFromOptions({
    clusters: [cluster, { name: 'b', server: 'https://b', skipTLSVerify: false }],
    users: [USER, { name: 'other', token: 'another' }],
    contexts: [{ name: 'c', cluster: 'a', user: 'admin', namespace: 'shop' }],
    currentContext: 'c',
  });
  return result;
}

function told(changed: KubeConfig) {
  return {
    cluster: changed.getCurrentCluster(),
    user: changed.getCurrentUser(),
    namespace: changed.getContextObject(changed.getCurrentContext())?.namespace,
  };
}

const overridden = (overrides: KubeConfigOverrides) =>
  told(overrideKubeConfig(config(), overrides));

describe('overrideKubeConfig', () => {
  it('changes nothing where no flag is given', () => {
    const given = config();
    expect(overrideKubeConfig(given, { asGroups: [], insecureSkipTlsVerify: false })).toBe(given);
  });

  it('chooses cluster and user, and keeps the namespace', () => {
    expect(overridden({ cluster: 'b', user: 'other' })).toEqual({
      cluster: { name: 'b', server: 'https://b', skipTLSVerify: false },
      user: { name: 'other', token: 'another' },
      namespace: 'shop',
    });
  });

  it('takes the name in the certificate with the server', () => {
    const { tlsServerName, ...rest } = CLUSTER;
    expect(tlsServerName).toBe('kubernetes');
    expect(overridden({ server: 'https://x/' }).cluster).toEqual({ ...rest, server: 'https://x' });
    expect(overridden({ server: 'https://x', tlsServerName: 'y' }).cluster).toMatchObject({
      tlsServerName: 'y',
    });
    expect(overridden({ as: 'x' }).cluster).toEqual(CLUSTER);
  });

  it('trusts the CA of the flag alone, or any certificate', () => {
    const { caData, ...rest } = CLUSTER;
    expect(caData).toBe('Y2E=');
    expect(overridden({ certificateAuthority: 'ca.crt' }).cluster).toEqual({
      ...rest,
      caFile: resolve('ca.crt'),
    });
    expect(overridden({ insecureSkipTlsVerify: true }).cluster).toEqual({
      ...rest,
      skipTLSVerify: true,
    });
  });

  it('puts credentials of flags in the place of those of the kubeconfig', () => {
    const { user } = overridden({ token: 't', clientCertificate: 'c.crt', clientKey: 'c.key' });
    expect(user).toMatchObject({
      ...{ token: 't', exec: undefined },
      ...{ certFile: resolve('c.crt'), keyFile: resolve('c.key') },
    });
    expect(user).not.toHaveProperty('certData');
  });

  it('impersonates as the flags say, field by field', () => {
    expect(overridden({ asUid: 'u', asUserExtra: ['k=1', 'k=2=3'] }).user).toMatchObject({
      impersonateUser: 'jane',
      impersonation: { groups: ['a'], uid: 'u', extra: { k: ['1', '2=3'] } },
    });
    expect(overridden({ as: 'joe', asGroups: ['b'] }).user).toMatchObject({
      impersonateUser: 'joe',
      impersonation: { groups: ['b'] },
    });
  });

  it.each([
    [{ cluster: 'x' }, '--cluster: the kubeconfig has no cluster "x"'],
    [{ user: 'x' }, '--user: the kubeconfig has no user "x"'],
  ])('refuses names that are not there: %j', (overrides, why) => {
    expect(() => overridden(overrides)).toThrow(why);
  });
});

describe('asRequested', () => {
  it('sends no credentials over plain HTTP, where there is no TLS to verify', () => {
    const plain = config({ name: 'a', server: 'http://127.0.0.1:8001', skipTLSVerify: false });
    expect(told(asRequested(plain))).toEqual({
      cluster: { name: 'a', server: 'http://127.0.0.1:8001', skipTLSVerify: true },
      user: { name: 'admin', impersonateUser: 'jane', impersonation: { groups: ['a'] } },
      namespace: 'shop',
    });
  });

  it('gives a context without a user one, for the CA to count', () => {
    const anonymous = new KubeConfig();
    anonymous.loadFromOptions({
      clusters: [CLUSTER],
      users: [],
      contexts: [{ name: 'c', cluster: 'a' }],
      currentContext: 'c',
    });
    expect(told(asRequested(anonymous))).toMatchObject({ cluster: CLUSTER, user: { name: '' } });
  });

  it('leaves all others as they are', () => {
    const given = config();
    expect(asRequested(given)).toBe(given);
  });
});
