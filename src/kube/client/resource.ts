// SPDX-License-Identifier: Apache-2.0
// A Kubernetes resource (group, version, plural) as data, and its REST paths.

/** A resource as the API server's discovery names it. */
export interface Resource {
  /** API group; the empty string is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as it stands in paths and RBAC rules. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Where in a resource's tree a request goes: everything, one namespace, one object, a subresource. */
export interface ResourceTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** `apiVersion` as objects of the resource carry it: `v1`, `rbac.authorization.k8s.io/v1`. */
export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The REST path of a target; names are percent-encoded (an RBAC name may hold `:`). */
export function resourcePath(resource: Resource, target: ResourceTarget = {}): string {
  const segments = [
    ...(resource.group === '' ? ['api'] : ['apis', resource.group]),
    resource.version,
    ...(target.namespace === undefined ? [] : ['namespaces', target.namespace]),
    resource.plural,
    ...(target.name === undefined ? [] : [target.name]),
    ...(target.subresource === undefined ? [] : [target.subresource]),
  ];
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

/** `namespace/name`, or the bare name of a cluster-scoped object: the key of caches and queues. */
export function objectKey(metadata: {
  readonly namespace?: string;
  readonly name: string;
}): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}
