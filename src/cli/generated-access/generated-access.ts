// SPDX-License-Identifier: Apache-2.0
// Who may use a credspec by the RoleBindings that the operator makes for it. Where the definition keeps no
// status, these tell whether the annotation is in force. Pure.
import { parseAllowedServiceAccounts } from '../../api/allowed-service-accounts.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type BindingStatus,
  type GMSACredentialSpec,
} from '../../api/credspec.ts';
import {
  desiredRoleBinding,
  describeObject,
  isOurs,
  type RoleBinding,
} from '../../controller/access/rbac-objects.ts';

/** What was read for one credspec. */
export interface GeneratedObjects {
  /** Those of its generated name, whoever made them. */
  readonly bindings: readonly RoleBinding[];
  /** Whether something can be granted in a namespace; true, too, where that may not be read. */
  readonly hasNamespace: (namespace: string) => boolean;
}

/** How they stand to the annotation. */
export interface GeneratedAccess {
  /** What is granted now, sorted by namespace. */
  readonly bindings: readonly BindingStatus[];
  /** Namespaces that the annotation names and that do not exist. */
  readonly missingNamespaces: readonly string[];
  /** Namespaces in which more, less or something else is granted than the annotation says. */
  readonly pending: readonly string[];
  /** Objects of the generated name that are somebody else's, which the operator leaves as they are. */
  readonly foreign: readonly string[];
}

/** Compares them with the annotation as it is now. */
export function generatedAccess(
  { metadata }: Pick<GMSACredentialSpec, 'metadata'>,
  { bindings, hasNamespace }: GeneratedObjects,
): GeneratedAccess {
  const { grants } = parseAllowedServiceAccounts(
    metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
  );
  const live = new Map(
    bindings
      .filter((binding) => isOurs(binding, metadata.uid))
      .map((binding) => [binding.metadata.namespace ?? '', binding]),
  );
  const wanted = new Map(
    grants.map((grant) => [grant.namespace, desiredRoleBinding(metadata, grant)]),
  );
  const missing = new Set(
    [...wanted.keys()].filter((namespace) => !live.has(namespace) && !hasNamespace(namespace)),
  );
  const namespaces = [...new Set([...wanted.keys(), ...live.keys()])].sort();
  return {
    bindings: namespaces.flatMap((namespace) => {
      const binding = live.get(namespace);
      return binding === undefined ? [] : [statusOf(namespace, binding)];
    }),
    missingNamespaces: [...missing].sort(),
    pending: namespaces.filter(
      (namespace) =>
        !missing.has(namespace) && grantOf(live.get(namespace)) !== grantOf(wanted.get(namespace)),
    ),
    foreign: bindings
      .filter(
        (binding) => !isOurs(binding, metadata.uid) && wanted.has(binding.metadata.namespace ?? ''),
      )
      .map((binding) => describeObject('RoleBinding', binding.metadata)),
  };
}

/** Role and subjects, as far as they decide who may what: the order of subjects does not. */
function grantOf(binding: RoleBinding | undefined): string | undefined {
  if (binding === undefined) return undefined;
  const { roleRef, subjects } = binding;
  return JSON.stringify([
    roleRef.kind,
    roleRef.name,
    (subjects ?? [])
      .map(({ kind, name, namespace = '' }) => [kind, namespace, name].join(' '))
      .sort(),
  ]);
}

function statusOf(namespace: string, { subjects }: RoleBinding): BindingStatus {
  const all = subjects ?? [];
  return {
    namespace,
    serviceAccounts: all
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ name }) => name)
      .sort(),
    allServiceAccounts: all.some(({ kind }) => kind === 'Group'),
  };
}
