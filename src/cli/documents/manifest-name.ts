// SPDX-License-Identifier: Apache-2.0
// The name that a new credspec gets: that of an account or a file as Kubernetes accepts it. Pure.
import { MAX_DNS1123_SUBDOMAIN_LENGTH } from '../../api/kubernetes-names.ts';
import { quoted } from '../../api/printable.ts';
import { usageError } from '../cli-error.ts';

/** The legal form of a name. @throws CliError where there is none. */
export function manifestName(wanted: string | undefined): string {
  const name = wanted === undefined ? undefined : legalName(wanted);
  if (name !== undefined) return name;
  throw usageError(
    wanted === undefined
      ? 'the credential spec does not tell a name'
      : `${quoted(wanted)} has no letter or digit that a name could be made of`,
    'give it with --name',
  );
}

/**
 * The name of a credspec that is most like the text: in lower case, `-` for what names do not hold.
 * Undefined where nothing is left.
 */
export function legalName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .slice(0, MAX_DNS1123_SUBDOMAIN_LENGTH)
    .split('.')
    .map((label) => label.replaceAll(/^-+|-+$/g, ''))
    .filter((label) => label !== '')
    .join('.');
  return name === '' ? undefined : name;
}
