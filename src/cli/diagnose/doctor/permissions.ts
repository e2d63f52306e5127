// SPDX-License-Identifier: Apache-2.0
// What the operator's service account needs, as data. A test holds it to config/rbac, which grants it.

/** One right. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `gmsacredentialspecs/status`. */
  readonly resource: string;
  readonly name?: string;
  /** Undefined for the whole cluster. */
  readonly namespace?: string;
}

interface Rule {
  readonly group: string;
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
  readonly in?: 'default' | 'own-namespace';
}

const WRITE = ['create', 'patch', 'update', 'delete'];
const READ = ['get', 'list', 'watch'];

const RULES: readonly Rule[] = [
  { group: 'windows.k8s.io', resources: ['gmsacredentialspecs'], verbs: [...READ, 'use'] },
  { group: 'windows.k8s.io', resources: ['gmsacredentialspecs/status'], verbs: ['patch'] },
  { group: '', resources: ['namespaces'], verbs: ['list', 'watch'] },
  {
    group: 'rbac.authorization.k8s.io',
    resources: ['clusterroles', 'rolebindings'],
    verbs: [...READ, 'create', 'update', 'delete'],
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    names: ['gmsa-operator'],
    verbs: [...READ, ...WRITE],
  },
  { group: 'authorization.k8s.io', resources: ['subjectaccessreviews'], verbs: ['create'] },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    names: ['gmsa-operator'],
    verbs: ['get', 'create', 'update'],
    in: 'own-namespace',
  },
  {
    group: '',
    resources: ['secrets'],
    names: ['gmsa-operator-webhook-cert', 'gmsa-operator-webhook-ca'],
    verbs: ['list', 'watch', ...WRITE],
    in: 'own-namespace',
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['list'],
    in: 'own-namespace',
  },
  { group: 'events.k8s.io', resources: ['events'], verbs: ['create', 'patch'], in: 'default' },
];

/** All of them, for an operator in this namespace. */
export function neededPermissions(namespace: string): readonly Permission[] {
  return RULES.flatMap(({ group, resources, names = [undefined], verbs, in: where }) =>
    resources.flatMap((resource) =>
      names.flatMap((name) =>
        verbs.map((verb) => ({
          verb,
          group,
          resource,
          ...(name === undefined ? {} : { name }),
          ...(where === undefined
            ? {}
            : { namespace: where === 'default' ? 'default' : namespace }),
        })),
      ),
    ),
  );
}

/** As it stands in a message: `update leases/gmsa-operator in gmsa-operator-system`. */
export function permissionText({ verb, resource, name, namespace }: Permission): string {
  const what = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
