// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { contentsState, gmsaUses, isActive, operatingSystemOf, windowsOptionsOf } from './pod.ts';
import { WEBAPP1, WEBAPP1_IN_POD, webapp1Pod } from './testing/pods.ts';

const USE = { credspec: 'webapp1', contents: WEBAPP1_IN_POD };

describe('contentsState', () => {
  it.each([
    ['current', USE, { credspec: WEBAPP1 }],
    ['older', USE, { credspec: { ...WEBAPP1, CmsPlugins: [] } }],
    ['older', USE, {}],
    ['older', { ...USE, contents: 'not JSON' }, { credspec: WEBAPP1 }],
    ['missing', { ...USE, contents: undefined }, { credspec: WEBAPP1 }],
    ['no-credspec', USE, undefined],
  ])('is %s', (state, use, credspec) => {
    expect(contentsState(use, credspec)).toBe(state);
  });
});

describe('windowsOptionsOf', () => {
  it('puts what a container says before what its pod says, field by field', () => {
    const pod = webapp1Pod();
    const container = {
      name: 'other',
      securityContext: { windowsOptions: { gmsaCredentialSpecName: 'other' } },
    };
    expect(windowsOptionsOf(pod, container)).toEqual({
      gmsaCredentialSpecName: 'other',
      gmsaCredentialSpec: WEBAPP1_IN_POD,
    });
  });
});

describe('gmsaUses', () => {
  it('looks into every list of containers', () => {
    const named = (name: string) => ({
      name,
      securityContext: { windowsOptions: { gmsaCredentialSpecName: name } },
    });
    const pod = webapp1Pod({
      spec: {
        containers: [named('a'), { name: 'plain' }],
        initContainers: [named('b')],
        ephemeralContainers: [named('c')],
      },
    });
    expect(gmsaUses(pod).map(({ credspec }) => credspec)).toEqual(['webapp1', 'a', 'b', 'c']);
  });
});

describe('operatingSystemOf', () => {
  const securityContext = { windowsOptions: { gmsaCredentialSpecName: 'webapp1' } };
  it.each([
    ['windows', { os: { name: 'windows' } }, 'linux'],
    ['linux', { os: { name: 'linux' } }, 'windows'],
    ['windows', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, undefined],
    ['windows', {}, 'windows'],
    ['linux', {}, 'linux'],
    ['linux', { securityContext }, 'linux'],
    ['linux', { nodeSelector: { 'kubernetes.io/os': 'linux' }, securityContext }, undefined],
    ['windows', { nodeSelector: { agentpool: 'win' }, securityContext }, undefined],
    ['windows', { containers: [{ name: 'a', securityContext }] }, undefined],
    [undefined, { nodeSelector: { agentpool: 'win' } }, undefined],
  ])('is %s for %j on a node with %s', (wanted, says, nodeOs) => {
    const pod = { ...webapp1Pod(), spec: { containers: [], ...says } };
    expect(operatingSystemOf(pod, nodeOs)).toBe(wanted);
  });
});

describe('isActive', () => {
  it('leaves out what has ended and what is being deleted', () => {
    expect(isActive(webapp1Pod())).toBe(true);
    expect(isActive(webapp1Pod({ status: { phase: 'Failed' } }))).toBe(false);
    expect(isActive(webapp1Pod({ metadata: { deletionTimestamp: '2026-11-25T03:00:00Z' } }))).toBe(
      false,
    );
  });
});
