// SPDX-License-Identifier: Apache-2.0
// What users have asked for: which service accounts are allowed to use which credspec. Written down apart from the
// operator's own code, so that a mistake there is not made here too.

/** Namespaces of users, and the service accounts of each. */
export interface Tenants {
  readonly namespaces: readonly string[];
  readonly serviceAccounts: readonly string[];
}

/** Entries of the annotation, `namespace/name` or `namespace/*`, by credspec. */
export type WantedAccess = ReadonlyMap<string, readonly string[]>;

/** A RoleBinding as it should be: its subjects, each as `namespace/name` or as the name of a group, sorted. */
export function wantedSubjects(entries: readonly string[], namespace: string): readonly string[] {
  const own = entries.filter((entry) => entry.startsWith(`${namespace}/`));
  const subjects = own.map((entry) =>
    entry.endsWith('/*') ? `system:serviceaccounts:${namespace}` : entry,
  );
  return [...new Set(subjects)].sort();
}

/** Whether a service account is allowed to use a credspec with these entries. */
export function isWanted(entries: readonly string[], namespace: string, account: string): boolean {
  return entries.includes(`${namespace}/${account}`) || entries.includes(`${namespace}/*`);
}
