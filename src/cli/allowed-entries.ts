// SPDX-License-Identifier: Apache-2.0
// Entries of the annotation as they are given on the command line.
import { parseAllowedServiceAccounts } from '../api/allowed-service-accounts.ts';
import { quoted } from '../api/printable.ts';
import { usageError } from './cli-error.ts';

/**
 * The entries, each once; one without a namespace is of `namespace`, where that was given.
 * @throws CliError that names the first that is none.
 */
export function readEntries(
  given: readonly string[],
  namespace: string | undefined,
): readonly string[] {
  const entries = given.map((text) =>
    namespace === undefined || text.includes('/') ? text : `${namespace}/${text}`,
  );
  for (const entry of entries) {
    const [problem] = parseAllowedServiceAccounts(entry).problems;
    if (problem !== undefined || /[\s,]/.test(entry) || entry === '') {
      throw usageError(
        `${quoted(entry)} ${problem?.reason ?? 'is more than one entry, or none'}`,
        "write namespace/name, or 'namespace/*' in quotes for all of a namespace",
      );
    }
  }
  return [...new Set(entries)];
}
