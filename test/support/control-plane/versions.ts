// SPDX-License-Identifier: Apache-2.0
// The versions that the control plane is made of, and how a requested Kubernetes version is read.

/** Patch release used for each supported Kubernetes minor; the last one is the default. */
const KUBERNETES_PATCH_RELEASES: ReadonlyMap<string, string> = new Map([
  ['1.34', '1.34.4'],
  ['1.35', '1.35.4'],
  ['1.36', '1.36.3'],
  ['1.37', '1.37.2'],
]);

export const DEFAULT_KUBERNETES_VERSION = '1.37.2';
export const ETCD_VERSION = '3.7.3';
export const KWOK_VERSION = '0.8.0';
export const HELM_VERSION = '4.3.1';
/** The Lua that Argo CD embeds. */
export const GLUA_VERSION = '1.1.2';
export const SETUP_ENVTEST_VERSION = '0.25.1';

/**
 * The full Kubernetes version (`1.37.2`) for a request such as `1.37`, `v1.37`, `1.37.2` or
 * nothing. Throws for a minor without a known patch release and for anything else.
 */
export function resolveKubernetesVersion(requested: string | undefined): string {
  if (requested === undefined || requested === '') return DEFAULT_KUBERNETES_VERSION;
  const version = requested.replace(/^v/, '');
  if (/^1\.\d+\.\d+$/.test(version)) return version;
  const patchRelease = KUBERNETES_PATCH_RELEASES.get(version);
  if (patchRelease !== undefined) return patchRelease;
  const known = [...KUBERNETES_PATCH_RELEASES.keys()].join(', ');
  throw new Error(
    `Kubernetes version "${requested}" is not known: give one of ${known}, or a full version such as ${DEFAULT_KUBERNETES_VERSION} (KUBERNETES_VERSION or --kubernetes-version)`,
  );
}

/** `1.37` of `1.37.2`. */
export function minorOf(version: string): string {
  return version.split('.', 2).join('.');
}
