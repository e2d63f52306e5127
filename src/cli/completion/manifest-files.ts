// SPDX-License-Identifier: Apache-2.0
// Files that may hold credential specs, for completions that offer something else beside them; the shell offers
// files of its own only where there is nothing else.
import { readdir } from 'node:fs/promises';
import type { Candidate } from './complete.ts';

/**
 * Directories, YAML and JSON files that begin with `prefix`. Names that a shell would want quoted are left to it;
 * so is what cannot be read.
 */
export async function manifestFiles(prefix: string): Promise<readonly Candidate[]> {
  const [directory = ''] = /^.*\//.exec(prefix) ?? [];
  try {
    const entries = await readdir(directory === '' ? '.' : directory, { withFileTypes: true });
    return entries
      .filter(({ name }) => /^[\w.][\w.+-]*$/.test(name))
      .filter(({ name }) => !name.startsWith('.') || prefix.slice(directory.length).startsWith('.'))
      .flatMap((entry) => {
        const path = directory + entry.name;
        if (!path.startsWith(prefix)) return [];
        if (entry.isDirectory()) return [{ value: `${path}/` }];
        return /\.(ya?ml|json)$/i.test(path) ? [{ value: path }] : [];
      })
      .toSorted((a, b) => (a.value < b.value ? -1 : 1));
  } catch {
    return [];
  }
}
