// SPDX-License-Identifier: Apache-2.0
// The names of the RBAC objects that are generated for a credspec, and the way back.
import { isDns1123Subdomain } from './kubernetes-names.ts';

const PREFIX = 'gmsa-operator:';

/** Name of the ClusterRole that allows the verb `use` on this one credspec. */
export function clusterRoleName(credspec: string): string {
  return PREFIX + credspec;
}

/** Name of the RoleBinding in every namespace to which this credspec is granted. */
export function roleBindingName(credspec: string): string {
  return PREFIX + credspec;
}

/**
 * The credspec for which an object of this name was generated, or `undefined` where no generated
 * object can have this name. Says nothing on who made the object: that is told by its owner.
 */
export function credspecOfGeneratedName(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const credspec = name.slice(PREFIX.length);
  return isDns1123Subdomain(credspec) ? credspec : undefined;
}
