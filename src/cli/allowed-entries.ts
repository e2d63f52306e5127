// SPDX-License-Identifier: Apache-2.0
// Entries of the annotation as they are given on the command line.
import { parseAllowedServiceAccounts } from '../api/allowed-service-accounts.ts';
import { quoted } from '../api/printable.ts';
import { usageError } from './cli-error.ts';

/** The entry that a text means: one without a namespace is of `namespace`, where that is given. */
export function entryOf(text: string, namespace: string | undefined): string {
  return namespace === undefined || text.includes('/') ? text : `${namespace}/${text}`;
}

/** What keeps this from being a single valid entry, or `undefined`. */
export function entryProblem(entry: string): string | undefined {
  const [problem] = parseAllowedServiceAccounts(entry).problems;
  if (problem === undefined && /^[^\s,]+$/.test(entry)) return undefined;
  return `${quoted(entry)} ${problem?.reason ?? 'is not one entry'}`;
}

/** @throws CliError where this is no single valid entry. */
export function assertEntry(entry: string): void {
  const problem = entryProblem(entry);
  if (problem === undefined) return;
  throw usageError(
    problem,
    "write namespace/name, or 'namespace/*' in quotes for all of a namespace",
  );
}
