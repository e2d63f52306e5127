// SPDX-License-Identifier: Apache-2.0
// Permissions one by one: those that roles give, and those that were made use of, as the API server's audit
// log has them.
import { readFile } from 'node:fs/promises';
import type { TestCluster } from '../support/test-cluster.ts';
import { NAMESPACE, RELEASE } from './helm.ts';
import type { PolicyRule, Role } from './workload.ts';

/** `verb resource` or `verb resource name`, with the subresource where there is one. */
export type Permission = string;

/**
 * What the API server decides within a request that it logs as another one: whether an apply or a PUT may
 * create, and whether a role may be written that grants `use`.
 */
export const NOT_LOGGED: readonly Permission[] = [
  'use gmsacredentialspecs',
  'create mutatingwebhookconfigurations gmsa-operator',
  'create validatingwebhookconfigurations gmsa-operator',
  'create leases gmsa-operator',
  'create secrets gmsa-operator-webhook-cert',
  'create secrets gmsa-operator-webhook-ca',
];

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** The operator's roles as they are in a cluster, and where. @throws Error where one is missing. */
export async function operatorRoles(
  cluster: TestCluster,
): Promise<readonly { readonly path: string; readonly object: Role }[]> {
  const paths = [
    `${RBAC}/clusterroles/${RELEASE}`,
    `${RBAC}/namespaces/${NAMESPACE}/roles/${RELEASE}`,
    `${RBAC}/namespaces/default/roles/${RELEASE}-events`,
  ];
  return Promise.all(
    paths.map(async (path) => {
      const object = await cluster.get<Role>(path);
      if (object === undefined) throw new Error(`there is no ${path}`);
      return { path, object };
    }),
  );
}

/** What rules give, each verb on each resource and name by itself. */
export function permissionsIn(rules: readonly PolicyRule[]): readonly Permission[] {
  return rules.flatMap(({ verbs, resources, resourceNames = [''] }) =>
    verbs.flatMap((verb) =>
      resources.flatMap((resource) =>
        resourceNames.map((name) => `${verb} ${resource} ${name}`.trimEnd()),
      ),
    ),
  );
}

/** The rules without what `isTaken` says of; a rule of which nothing is left is left out. */
export function rulesWithout(
  rules: readonly PolicyRule[],
  isTaken: (permission: Permission) => boolean,
): readonly PolicyRule[] {
  return rules.flatMap(({ apiGroups, verbs, resources, resourceNames }) =>
    verbs.flatMap((verb) =>
      resources.flatMap((resource) =>
        (resourceNames ?? [undefined]).flatMap((name) => {
          const rule: PolicyRule = {
            apiGroups,
            resources: [resource],
            verbs: [verb],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          };
          return permissionsIn([rule]).some(isTaken) ? [] : [rule];
        }),
      ),
    ),
  );
}

/** A policy for kube-apiserver's audit log: all that a user asks for. */
export function auditPolicyFor(user: string): object {
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  };
}

/** Which of the permissions the audit log shows in use: requests that were authorized. */
export async function permissionsUsed(
  auditLog: string,
  permissions: readonly Permission[],
): Promise<ReadonlySet<Permission>> {
  const lines = (await readFile(auditLog, 'utf8')).split('\n').filter((line) => line !== '');
  const used = new Set<Permission>();
  for (const line of lines) {
    const { verb, objectRef, annotations } = JSON.parse(line) as AuditEvent;
    if (objectRef === undefined || annotations?.[DECISION] !== 'allow') continue;
    const { resource, subresource, name = '' } = objectRef;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    used.add(`${verb} ${what}`);
    used.add(`${verb} ${what} ${name}`);
  }
  return new Set(permissions.filter((permission) => used.has(permission)));
}

const DECISION = 'authorization.k8s.io/decision';

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}
