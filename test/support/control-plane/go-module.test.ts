// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { goModFor } from './go-module.ts';
import { sourceOf } from './programs.ts';

const KUBERNETES_GO_MOD = `module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	github.com/blang/semver/v4 v4.0.0
	golang.org/x/net v0.0.0-20260101000000-0123456789ab
	k8s.io/api v0.0.0
	k8s.io/client-go v0.0.0
	k8s.io/klog/v2 v2.140.0
)

require k8s.io/metrics v0.0.0

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
`;

describe('goModFor', () => {
  it('replaces every staging module by its published version, and nothing else', () => {
    const goMod = goModFor(sourceOf('kube-apiserver', '1.36.3'), KUBERNETES_GO_MOD);

    expect(goMod.match(/^replace .*$/gm)).toEqual([
      'replace k8s.io/api => k8s.io/api v0.36.3',
      'replace k8s.io/client-go => k8s.io/client-go v0.36.3',
      'replace k8s.io/metrics => k8s.io/metrics v0.36.3',
    ]);
  });

  it('requires the module alone, so that it is built with the versions it was released with', () => {
    const goMod = goModFor(sourceOf('kubectl', '1.37.2'), KUBERNETES_GO_MOD);

    expect(goMod.match(/^require .*$/gm)).toEqual(['require k8s.io/kubernetes v1.37.2']);
  });

  it('keeps the language version and the GODEBUG defaults', () => {
    const lines = goModFor(sourceOf('kubectl', '1.37.2'), KUBERNETES_GO_MOD).split('\n');

    expect(lines).toContain('go 1.26.0');
    expect(lines).toContain('godebug default=go1.26');
  });

  it('needs no replacement for a module without a staging tree', () => {
    const goMod = goModFor(
      sourceOf('etcd', '1.37.2'),
      'module go.etcd.io/etcd/server/v3\n\ngo 1.26\n\nrequire go.etcd.io/bbolt v1.5.0\n',
    );

    expect(goMod).toBe(
      'module gmsa-operator.test/build\ngo 1.26\nrequire go.etcd.io/etcd/server/v3 v3.7.3\n',
    );
  });
});
