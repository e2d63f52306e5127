// SPDX-License-Identifier: Apache-2.0
// Through which bindings a service account may use a credspec, as the API server's RBAC decides it. Pure.
import { GROUP, PLURAL } from '../../api/credspec.ts';
import { serviceAccountGroups, serviceAccountUser } from '../../kube/client/access-review.ts';

/** The part of an RBAC rule that is looked at. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

/** A RoleBinding or a ClusterRoleBinding. */
export interface Binding {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
}

/** Whom a binding is for. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

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

/** The bindings among these that are for the service account, whatever their roles allow. */
export function bindingsFor(
  request: UseRequest,
  kind: Grant['kind'],
  bindings: readonly Binding[],
): readonly Grant[] {
  return bindings.flatMap(({ metadata: { name, namespace }, roleRef, subjects = [] }) => {
    const subject = subjects.find((candidate) => isFor(candidate, request));
    if (subject === undefined) return [];
    return [
      {
        kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        role: { kind: roleRef.kind, name: roleRef.name },
        subject: `${subject.kind} ${subject.namespace === undefined ? '' : `${subject.namespace}/`}${subject.name}`,
      },
    ];
  });
}

/** Whether one of the rules allows the verb `use` on the credspec. */
export function allowsUse(
  rules: readonly PolicyRule[] | null | undefined,
  credspec: string,
): boolean {
  return (rules ?? []).some(
    ({ apiGroups = [], resources = [], resourceNames = [], verbs = [] }) =>
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
