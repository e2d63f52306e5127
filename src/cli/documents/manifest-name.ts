// SPDX-License-Identifier: Apache-2.0
// The name that a new credspec gets.
import { quoted } from '../../api/printable.ts';
import { usageError } from '../cli-error.ts';
import { legalName } from './legal-name.ts';

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
