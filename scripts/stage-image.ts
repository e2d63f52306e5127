// SPDX-License-Identifier: Apache-2.0
// Makes the file tree that the image has on top of its base: `node scripts/stage-image.ts <directory>`,
// after dist/ was built. What `gmsa-operator run` can load and nothing else: no types, no admission
// module for others, no kubectl plugin. The Dockerfile copies it; a test runs it (test/chart/image).
import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../', import.meta.url));

const [target] = process.argv.slice(2);
if (target === undefined) {
  throw new Error('usage: node scripts/stage-image.ts <directory>, which is made, or is empty');
}
const app = join(target, 'app');
await mkdir(app, { recursive: true });
if ((await readdir(target)).length > 1 || (await readdir(app)).length > 0) {
  throw new Error(`${target} is not empty: files of an earlier build would end up in the image`);
}

const { name, version, license, type } = packageJson;
// Without its `type`, Node would take the bundle for CommonJS.
await write('package.json', `${JSON.stringify({ name, version, license, type }, null, 2)}\n`);
await copy('LICENSE');
for (const file of await loadedBy('dist/main.js')) await copy(file);

/**
 * A file of the bundle and whatever it imports, now or when it needs it; with their source maps and the
 * licences of what is bundled in them.
 */
async function loadedBy(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'error',
  }).catch((error: unknown) => {
    throw new Error(`${entry} is not complete: build it first (make build)`, { cause: error });
  });
  const directory = dirname(entry);
  const built = new Set(await readdir(join(root, directory), { recursive: true }));
  return Object.keys(metafile.inputs).flatMap((file) => [
    file,
    ...['.map', '.LEGAL.txt']
      .map((suffix) => `${file}${suffix}`)
      .filter((companion) => built.has(companion.slice(directory.length + 1))),
  ]);
}

async function copy(file: string): Promise<void> {
  const to = join(app, file);
  await mkdir(dirname(to), { recursive: true });
  await copyFile(join(root, file), to);
  await makeReadable(to);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(join(app, file), text);
  await makeReadable(join(app, file));
}

/** By everybody, whatever this process's umask is; nobody in the image owns it. */
async function makeReadable(path: string): Promise<void> {
  await chmod(path, 0o644);
  for (let directory = dirname(path); directory !== dirname(app); directory = dirname(directory)) {
    await chmod(directory, 0o755);
  }
}
