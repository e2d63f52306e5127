// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { creationOf, gmsa, pod } from '../testing/pods.ts';
import type { Pod } from './pod.ts';
import { windowsWarnings } from './windows-only.ts';

const POD_ALPHA = 'pod.alpha.windows.kubernetes.io/gmsa-credential-spec';
const CONTAINER_ALPHA = 'iis.container.alpha.windows.kubernetes.io/gmsa-credential-spec-name';

const gmsaPod = (spec: Pod['spec'] = {}, annotations?: Record<string, string>): Pod =>
  pod({ containers: [{ name: 'iis', ...gmsa('webapp1') }], ...spec }, annotations);

const elsewhere = (field: string, os = 'linux') =>
  `${field} is "${os}", and only Windows containers run under a GMSA: write "windows" there, or leave gmsaCredentialSpecName out`;
const alpha = (annotation: string) =>
  `annotation "${annotation}" has no effect since Kubernetes 1.16: set securityContext.windowsOptions.gmsaCredentialSpecName in its place`;

describe('windowsWarnings', () => {
  it.each<readonly [string, Pod, readonly string[]]>([
    ['nothing of an operating system', gmsaPod(), []],
    [
      'Windows',
      gmsaPod({ os: { name: 'windows' }, nodeSelector: { 'kubernetes.io/os': 'windows' } }),
      [],
    ],
    ['null', gmsaPod({ os: null, nodeSelector: { 'kubernetes.io/os': null } }), []],
    ['os Linux', gmsaPod({ os: { name: 'linux' } }), [elsewhere('spec.os.name')]],
    [
      'nodes of Linux',
      gmsaPod({ nodeSelector: { 'kubernetes.io/os': 'linux' } }),
      [elsewhere('spec.nodeSelector["kubernetes.io/os"]')],
    ],
    [
      'the annotations of old',
      gmsaPod({}, { [POD_ALPHA]: '{}', [CONTAINER_ALPHA]: 'webapp1', other: 'x' }),
      [alpha(POD_ALPHA), alpha(CONTAINER_ALPHA)],
    ],
    [
      'Linux, without a GMSA',
      pod(
        { containers: [{ name: 'web' }], os: { name: 'linux' } },
        { [`${POD_ALPHA}-name`]: 'webapp1' },
      ),
      [],
    ],
  ])('of a pod that says %s', (_, created, warnings) => {
    expect(windowsWarnings(creationOf(created))).toEqual(warnings);
  });

  it('of ephemeral containers there are none: the pod is there', () => {
    const change = creationOf(gmsaPod({ os: { name: 'linux' } }));
    expect(windowsWarnings({ ...change, type: 'add-ephemeral-containers' })).toEqual([]);
  });
});
