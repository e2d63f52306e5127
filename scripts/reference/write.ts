// SPDX-License-Identifier: Apache-2.0
// Writes what the documents have from the code: `node scripts/reference/write.ts`.
import { writeFile } from 'node:fs/promises';
import { DOCUMENTS, fileOf, generated } from './documents.ts';

for (const document of Object.keys(DOCUMENTS)) {
  await writeFile(fileOf(document), await generated(document));
}
