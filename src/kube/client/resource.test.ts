// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { apiVersion, objectKey, type Resource, resourcePath } from './resource.ts';

const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const clusterRoles: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
};

describe('resourcePath', () => {
  it.each([
    ['all objects of the core group', configMaps, {}, '/api/v1/configmaps'],
    ['one namespace', configMaps, { namespace: 'prod' }, '/api/v1/namespaces/prod/configmaps'],
    [
      'one object',
      configMaps,
      { namespace: 'prod', name: 'web' },
      '/api/v1/namespaces/prod/configmaps/web',
    ],
    [
      'all objects of a named group',
      clusterRoles,
      {},
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ],
    [
      'a subresource',
      clusterRoles,
      { name: 'web', subresource: 'status' },
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/web/status',
    ],
    [
      'an RBAC name with a colon',
      clusterRoles,
      { name: 'gmsa-operator:web' },
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/gmsa-operator%3Aweb',
    ],
    [
      'a name that would lead out of its place',
      clusterRoles,
      { name: '../../secrets?a=b#c' },
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/..%2F..%2Fsecrets%3Fa%3Db%23c',
    ],
    [
      'absent parts that are spelled out',
      configMaps,
      { namespace: undefined, name: undefined, subresource: undefined },
      '/api/v1/configmaps',
    ],
  ])('leads to %s', (_, resource, target, path) => {
    expect(resourcePath(resource, target)).toBe(path);
  });
});

describe('apiVersion', () => {
  it('is the bare version in the core group', () => {
    expect(apiVersion(configMaps)).toBe('v1');
  });

  it('begins with the group elsewhere', () => {
    expect(apiVersion(clusterRoles)).toBe('rbac.authorization.k8s.io/v1');
  });
});

describe('objectKey', () => {
  it('is the name of a cluster-scoped object', () => {
    expect(objectKey({ name: 'web' })).toBe('web');
  });

  it('begins with the namespace of a namespaced one', () => {
    expect(objectKey({ namespace: 'prod', name: 'web' })).toBe('prod/web');
  });
});
