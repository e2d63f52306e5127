// SPDX-License-Identifier: Apache-2.0
// Kinds of cert-manager and the Prometheus Operator, which are not there in tests: the API server has them
// with a schema that takes anything.

/** The CustomResourceDefinition of a stand-in. */
export function foreignKind(group: string, version: string, kind: string): object {
  const singular = kind.toLowerCase();
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      names: { kind, singular, plural: `${singular}s` },
      scope: 'Namespaced',
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } },
      ],
    },
  };
}
