// SPDX-License-Identifier: Apache-2.0
// Pods, and what is known of credspecs, for tests of admission.
import type { Access } from '../pods/authorize-credspecs.ts';
import type { CredspecWithContents, LookUp } from '../pods/look-up.ts';
import type { Container, Pod, WindowsOptions } from '../pods/pod.ts';
import type { PodReferences } from '../pods/change.ts';
import { podPlaces } from '../pods/places.ts';
import type { CredspecFacts } from '../pods/validate.ts';

/** A credspec of this name, whose contents name it too. */
export function credspec(
  name: string,
  more: Partial<CredspecWithContents> = {},
): CredspecWithContents {
  return {
    name,
    uid: `uid-of-${name}`,
    contents: `{"CmsPlugins":["ActiveDirectory"],"DomainJoinConfig":{"MachineAccountName":"${name}"}}`,
    problems: [],
    ...more,
  };
}

/** `securityContext` with these Windows options. */
export function windows(options: WindowsOptions): Pick<Container, 'securityContext'> {
  return { securityContext: { windowsOptions: options } };
}

/** `securityContext` that names a credspec, contents inlined or not. */
export function gmsa(name: string, contents?: 'inlined'): ReturnType<typeof windows> {
  return windows({
    gmsaCredentialSpecName: name,
    ...(contents === undefined ? {} : { gmsaCredentialSpec: credspec(name).contents }),
  });
}

/** A pod named `web`, of service account `web`, with this in its spec. */
export function pod(spec: Pod['spec'], annotations?: Readonly<Record<string, string>>): Pod {
  return {
    metadata: { name: 'web', ...(annotations === undefined ? {} : { annotations }) },
    spec: { serviceAccountName: 'web', ...spec },
  };
}

/** The creation of a pod. */
export function creationOf(created: Pod): PodReferences {
  return { type: 'create', pod: created, places: podPlaces(created) };
}

/** All of these are there, and may be used, by the service account `web` of the namespace `prod`. */
export function factsOf(...credspecs: readonly CredspecWithContents[]): CredspecFacts {
  return {
    namespace: 'prod',
    serviceAccount: 'web',
    lookUps: lookUpsOf(...credspecs),
    accesses: new Map(credspecs.map(({ name }): [string, Access] => [name, { allowed: true }])),
  };
}

/** All of these are there. */
export function lookUpsOf(
  ...credspecs: readonly CredspecWithContents[]
): ReadonlyMap<string, LookUp> {
  return new Map(credspecs.map((found) => [found.name, { type: 'found', credspec: found }]));
}
