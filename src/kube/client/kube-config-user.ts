// SPDX-License-Identifier: Apache-2.0
// Users of a kubeconfig, with what the client library does not know of them. Pure.
import type { User } from '@kubernetes/client-node';

/** Who a request claims to come from (`rest.ImpersonationConfig` of client-go), beside the user's name. */
export interface Impersonation {
  readonly uid?: string;
  readonly groups?: readonly string[];
  /** By key, which may hold any character. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A user of a kubeconfig; `impersonateUser` has the name that goes with {@link Impersonation}. */
export interface KubeConfigUser extends User {
  readonly impersonation?: Impersonation;
}

/** The headers for it; a list is sent as several headers. */
export function impersonationHeaders({
  uid,
  groups = [],
  extra = {},
}: Impersonation): Readonly<Record<string, string[]>> {
  return Object.fromEntries(
    [
      ['Impersonate-Uid', uid === undefined ? [] : [uid]] as [string, string[]],
      ['Impersonate-Group', [...groups]] as [string, string[]],
      ...Object.entries(extra).map(([key, values]): [string, string[]] => [
        `Impersonate-Extra-${headerKey(key)}`,
        [...values],
      ]),
    ].filter(([, values]) => values.length > 0),
  );
}

/** As client-go escapes it: what is not allowed in a header's name, as %XX for each byte. */
function headerKey(key: string): string {
  return Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte);
    return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
