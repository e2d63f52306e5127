// SPDX-License-Identifier: Apache-2.0
// What can be found wrong with the contents of a credential spec: one entry for each check, so that code
// and documentation speak of the same ones. docs/credential-spec-checks.md explains each.

/**
 * Every check and what its findings count as. An `error` is what cannot work and makes `Valid` False; a
 * `warning` goes to `status.warnings`.
 */
export const CONTENT_CHECKS = {
  'sid-is-not-the-domains': 'error',
  'guid-is-not-a-guid': 'error',
  'active-directory-plugin-missing': 'error',
  'account-not-listed': 'error',
  placeholder: 'error',
  'account-name-with-dollar': 'error',
  'account-name-with-domain': 'error',
  'account-name-impossible': 'error',
  'plugin-guid-missing': 'error',
  'contents-too-large': 'error',
  'netbios-name-too-long': 'warning',
  'netbios-name-with-dots': 'warning',
  'account-name-too-long': 'warning',
  'account-without-dns-scope': 'warning',
  'dns-name-looks-wrong': 'warning',
  'dns-tree-name-below-domain': 'warning',
  'plugin-guid-is-not-a-guid': 'warning',
  'plugin-guid-without-braces': 'warning',
} as const satisfies Record<string, 'error' | 'warning'>;

/** Name of a check. */
export type ContentCheck = keyof typeof CONTENT_CHECKS;

/** Names of fields and indexes of lists, as in `['CmsPlugins', 0]`; empty for all of the contents. */
export type ContentsPath = readonly (number | string)[];

/** One thing that a check found. */
export interface Finding {
  readonly check: ContentCheck;
  /** Where in the contents the fault is, from their top; the field may be missing. */
  readonly path: ContentsPath;
  /** Field, value, what is wrong with it and what to do, in words for a Windows administrator. */
  readonly message: string;
}

/** The place in words: `ActiveDirectoryConfig.GroupManagedServiceAccounts[0].Name`. */
export function fieldName(path: ContentsPath): string {
  return path.reduce<string>(
    (name, step) =>
      typeof step === 'number' ? `${name}[${step}]` : `${name}${name === '' ? '' : '.'}${step}`,
    '',
  );
}
