// SPDX-License-Identifier: Apache-2.0
// Through which bindings a service account may use a credspec, as the API server's RBAC decides it. Pure.
import { GROUP, PLURAL } from '../../api/credspec.ts';
import type { ClusterRole, RoleBinding } from '../../controller/access/rbac-objects.ts';
import { serviceAccountGroups, serviceAccountUser } from '../../kube/client/access-review.ts';

/** Who wants to use what. */
export interface UseRequest {
  readonly credspec: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** A binding, its role, and the subject by which it is for the service account. */
export interface Grant {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding';
  readonly name: string;
  /** Of a RoleBinding. */
  readonly namespace?: string;
  readonly role: { readonly kind: string; readonly name: string };
  readonly subject: string;
}

/**
 * The bindings among these that are for the service account, whatever their roles allow. A ClusterRoleBinding has no
 * namespace, and otherwise the fields of a RoleBinding.
 */
export function bindingsFor(
  request: UseRequest,
  bindings: readonly Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>[],
): readonly Grant[] {
  return bindings.flatMap(({ metadata: { name, namespace }, roleRef, subjects }) => {
    const subject = subjects?.find((candidate) => isFor(candidate, request));
    if (subject === undefined) return [];
    return [
      {
        ...(namespace === undefined
          ? { kind: 'ClusterRoleBinding', name }
          : { kind: 'RoleBinding', name, namespace }),
        role: { kind: roleRef.kind, name: roleRef.name },
        subject: `${subject.kind} ${subject.namespace === undefined ? '' : `${subject.namespace}/`}${subject.name}`,
      },
    ];
  });
}

/** Whether one of the rules of a role allows the verb `use` on the credspec. */
export function allowsUse(rules: ClusterRole['rules'], credspec: string): boolean {
  return (rules ?? []).some(
    ({ apiGroups = [], resources = [], resourceNames = [], verbs }) =>
      hasOr(verbs, 'use') &&
      hasOr(apiGroups, GROUP) &&
      hasOr(resources, PLURAL) &&
      // No names are all names; `*` is none here.
      (resourceNames.length === 0 || resourceNames.includes(credspec)),
  );
}

function hasOr(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}

type Subject = NonNullable<RoleBinding['subjects']>[number];

function isFor({ kind, name, namespace }: Subject, request: UseRequest): boolean {
  switch (kind) {
    case 'ServiceAccount':
      return name === request.serviceAccount && namespace === request.namespace;
    case 'User':
      return (
        name === serviceAccountUser({ namespace: request.namespace, name: request.serviceAccount })
      );
    case 'Group':
      return serviceAccountGroups(request.namespace).includes(name);
    default:
      return false;
  }
}
