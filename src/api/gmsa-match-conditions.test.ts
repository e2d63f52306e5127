// SPDX-License-Identifier: Apache-2.0
// What the expression decides is tried on a real API server, in test/integration/webhook-configurations.
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { GMSA_POD_MATCH_CONDITIONS } from './gmsa-match-conditions.ts';

interface Policy {
  readonly spec?: {
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  };
}

it('the policy that confines the operator holds the same expression', async () => {
  const file = new URL('../../config/rbac/admission-policy.yaml', import.meta.url);
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const [inPolicy] = documents
    .flatMap((document) => (document.toJS() as Policy).spec?.variables ?? [])
    .filter(({ name }) => name === 'mentionsGmsa');
  const [{ expression } = { expression: '' }, ...more] = GMSA_POD_MATCH_CONDITIONS;
  expect(more).toEqual([]);
  expect(inPolicy?.expression).toBe(`'${expression}'`);
});
