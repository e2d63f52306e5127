// SPDX-License-Identifier: Apache-2.0
// The name that a new credspec gets: that of an account or a file as Kubernetes accepts it. Pure.
import { MAX_DNS1123_SUBDOMAIN_LENGTH } from '../../api/kubernetes-names.ts';
import { quoted } from '../../api/printable.ts';
import { usageError } from '../cli-error.ts';

/**
 * The name of a credspec that is most like the text: in lower case, `-` for what names do not hold.
 * @throws CliError if nothing is left, or there is no text.
 */
export function manifestName(wanted: string | undefined): string {
  if (wanted === undefined) throw usageError('the credential spec does not tell a name', HINT);
  const name = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .slice(0, MAX_DNS1123_SUBDOMAIN_LENGTH)
    .split('.')
    .map((label) => label.replaceAll(/^-+|-+$/g, ''))
    .filter((label) => label !== '')
    .join('.');
  if (name !== '') return name;
  throw usageError(`${quoted(wanted)} has no letter or digit that a name could be made of`, HINT);
}

const HINT = 'give it with --name';
