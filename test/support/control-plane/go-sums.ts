// SPDX-License-Identifier: Apache-2.0
// Checksums of the modules behind the default versions. A build starts from them, so a module that
// differs fails it; other versions rely on Go's checksum database alone.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { go } from './go.ts';
import { goModFor } from './go-module.ts';
import { ALL_PROGRAMS, type ProgramSource, sourceOf } from './programs.ts';
import { DEFAULT_KUBERNETES_VERSION } from './versions.ts';

const DIRECTORY = join(import.meta.dirname, 'go-sums');

/**
 * Downloads a program's module and makes `directory` a Go module that the program can be built
 * in: a go.mod, and the go.sum if the version is a pinned one. Returns where the downloaded module
 * is.
 */
export async function makeBuildModule(source: ProgramSource, directory: string): Promise<string> {
  const { module, version } = source;
  const stdout = await go(['mod', 'download', '-json', `${module}@v${version}`], directory);
  const { Dir, GoMod } = JSON.parse(stdout) as { readonly Dir: string; readonly GoMod: string };
  const goMod = await readFile(GoMod, 'utf8');
  await writeFile(join(directory, 'go.mod'), goModFor(source, goMod));
  const pinned = sumsFile(source);
  if (existsSync(pinned)) await copyFile(pinned, join(directory, 'go.sum'));
  return Dir;
}

/** Writes the checksums of the default versions anew, from Go's checksum database. */
export async function pinSums(): Promise<readonly string[]> {
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY);
  const sources = ALL_PROGRAMS.map((program) => sourceOf(program, DEFAULT_KUBERNETES_VERSION));
  const files: string[] = [];
  for (const [module, ofModule] of Map.groupBy(sources, (source) => source.module)) {
    const [first] = ofModule;
    if (first === undefined) throw new Error(`no program comes from ${module}`);
    const scratch = await mkdtemp(join(tmpdir(), 'gmsa-operator-'));
    try {
      await makeBuildModule(first, scratch);
      const packages = ofModule.map((source) => source.package);
      await go(['list', '-mod=mod', '-deps', ...packages], scratch);
      await copyFile(join(scratch, 'go.sum'), sumsFile(first));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    files.push(sumsFile(first));
  }
  return files;
}

function sumsFile({ module, version }: ProgramSource): string {
  return join(DIRECTORY, `${module.replaceAll('/', '_')}@v${version}.sum`);
}
