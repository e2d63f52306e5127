// SPDX-License-Identifier: Apache-2.0
// Writes the help of kubectl gmsa into its reference.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { REFERENCE, referenceWithHelp } from './reference-help.ts';

const file = fileURLToPath(new URL(`../${REFERENCE}`, import.meta.url));
await writeFile(file, referenceWithHelp(await readFile(file, 'utf8')));
