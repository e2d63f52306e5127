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
  /** Undefined where every operator needs it. */
  readonly neededFor?: Purpose;
}

/** Serving admission; and issuing the certificates for that, which cert-manager or people can do as well. */
export type Purpose = 'admission' | 'own-certificates';

interface Rule extends Omit<Permission, 'name' | 'resource' | 'verb'> {
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
}

const WRITE = ['create', 'patch', 'update', 'delete'];
const READ = ['get', 'list', 'watch'];

/** Unless another one is given. */
export const SERVING_SECRET = 'gmsa-operator-webhook-cert';

/** All of them, for an operator in this namespace with its certificate in this Secret. */
export function neededPermissions(namespace: string, certSecret: string): readonly Permission[] {
  const rules: readonly Rule[] = [
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
      // Also to find what was registered before admission was switched off.
      verbs: ['get'],
    },
    {
      group: 'admissionregistration.k8s.io',
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      names: ['gmsa-operator'],
      verbs: ['list', 'watch', 'create', 'patch', 'update'],
      neededFor: 'admission',
    },
    {
      group: 'authorization.k8s.io',
      resources: ['subjectaccessreviews'],
      verbs: ['create'],
      neededFor: 'admission',
    },
    {
      group: 'coordination.k8s.io',
      resources: ['leases'],
      names: ['gmsa-operator'],
      verbs: ['get', 'create', 'update'],
      namespace,
    },
    {
      group: '',
      resources: ['secrets'],
      names: [certSecret],
      verbs: ['list', 'watch'],
      namespace,
      neededFor: 'admission',
    },
    {
      group: '',
      resources: ['secrets'],
      names: [certSecret],
      verbs: WRITE,
      namespace,
      neededFor: 'own-certificates',
    },
    {
      group: '',
      resources: ['secrets'],
      names: ['gmsa-operator-webhook-ca'],
      verbs: ['list', 'watch', ...WRITE],
      namespace,
      neededFor: 'own-certificates',
    },
    {
      group: 'discovery.k8s.io',
      resources: ['endpointslices'],
      verbs: ['list'],
      namespace,
      neededFor: 'admission',
    },
    { group: 'events.k8s.io', resources: ['events'], verbs: ['create'], namespace: 'default' },
  ];
  return rules.flatMap(({ resources, names = [undefined], verbs, ...rule }) =>
    resources.flatMap((resource) =>
      names.flatMap((name) =>
        verbs.map((verb) => ({ verb, resource, ...(name === undefined ? {} : { name }), ...rule })),
      ),
    ),
  );
}

/** As it stands in a message: `update leases/gmsa-operator in gmsa-operator-system`. */
export function permissionText({ verb, resource, name, namespace }: Permission): string {
  const what = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
