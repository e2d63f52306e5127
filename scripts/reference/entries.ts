// SPDX-License-Identifier: Apache-2.0
// Entries of the annotation that grant nothing.
import { parseAllowedServiceAccounts } from '../../src/api/allowed-service-accounts.ts';
import type * as entryProblems from '../../src/api/entry-problems.ts';
import { code, table } from './markdown.ts';

/** An entry for each problem; `written`: as it is shown, where it is long. */
const ENTRIES: Readonly<
  Record<keyof typeof entryProblems, { readonly entry: string; readonly written?: string }>
> = {
  withoutNamespace: { entry: 'web' },
  severalSlashes: { entry: 'prod/web/x' },
  emptyNamespace: { entry: '/web' },
  namespacePattern: { entry: '*/web' },
  longNamespace: { entry: `${'n'.repeat(64)}/web`, written: 'nnn…/web' },
  invalidNamespace: { entry: 'Prod/web' },
  emptyName: { entry: 'prod/' },
  namePattern: { entry: 'prod/we*' },
  longName: { entry: `prod/${'n'.repeat(254)}`, written: 'prod/nnn…' },
  invalidName: { entry: 'prod/Web' },
};

/** What the operator says of them. */
export function invalidEntryTable(): string {
  return table(
    ['entry, as in', 'what is wrong with it'],
    Object.values(ENTRIES).map(({ entry, written = entry }) => {
      const [problem] = parseAllowedServiceAccounts(entry).problems;
      if (problem === undefined) throw new Error(`the entry "${entry}" is valid`);
      return [code(written), code(`entry "…" ${problem.reason}`)];
    }),
  );
}
