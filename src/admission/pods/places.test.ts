// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { podPlaces } from './places.ts';
import { windows } from '../testing/pods.ts';

describe('the places of a pod', () => {
  it('are the pod itself, and every container of every list', () => {
    const places = [
      ...podPlaces({
        metadata: { name: 'web' },
        spec: {
          ...windows({ gmsaCredentialSpecName: 'p', hostProcess: true }),
          containers: [{ name: 'a' }, { name: 'b', ...windows({ gmsaCredentialSpec: '{}' }) }],
          initContainers: [{ name: 'c', ...windows({ gmsaCredentialSpecName: 'i' }) }],
          ephemeralContainers: [{ name: 'd', ...windows({ gmsaCredentialSpecName: 'e' }) }],
        },
      }),
    ];
    expect(
      places.map(({ path, kind, name, credspecName, contents, hostProcess }) => [
        path,
        kind,
        name,
        credspecName,
        contents,
        hostProcess,
      ]),
    ).toEqual([
      ['/spec', 'pod', 'web', 'p', undefined, true],
      ['/spec/containers/0', 'container', 'a', undefined, undefined, undefined],
      ['/spec/containers/1', 'container', 'b', undefined, '{}', undefined],
      ['/spec/initContainers/0', 'container', 'c', 'i', undefined, undefined],
      ['/spec/ephemeralContainers/0', 'container', 'd', 'e', undefined, undefined],
    ]);
  });

  it.each([
    [{ name: 'web', generateName: 'web-' }, 'web'],
    [{ generateName: 'web-' }, 'web-'],
    [{ name: '', generateName: 'web-' }, 'web-'],
    [{ name: null }, ''],
    [null, ''],
  ])('call a pod with the metadata %j "%s"', (metadata, name) => {
    expect(podPlaces({ metadata })[0]).toMatchObject({ kind: 'pod', name });
  });

  it('take null for nothing, also in place of a container', () => {
    const places = [
      ...podPlaces({
        spec: {
          securityContext: null,
          containers: [
            null,
            { name: null, securityContext: { windowsOptions: null } },
            windows({ gmsaCredentialSpecName: null, gmsaCredentialSpec: null, hostProcess: null }),
          ],
          initContainers: null,
        },
      }),
    ];
    expect(places).toHaveLength(4);
    for (const { credspecName, contents, hostProcess } of places) {
      expect([credspecName, contents, hostProcess]).toEqual([undefined, undefined, undefined]);
    }
  });
});
