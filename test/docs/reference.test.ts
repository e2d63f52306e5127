// SPDX-License-Identifier: Apache-2.0
// What documents have from the code is what the code says now.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { DOCUMENTS, fileOf, generated } from '../../scripts/reference/documents.ts';

describe.each(Object.keys(DOCUMENTS))('%s', (document) => {
  it('is as `make reference` writes it', async () => {
    expect(await generated(document)).toBe(await readFile(fileOf(document), 'utf8'));
  });
});
