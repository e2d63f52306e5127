// SPDX-License-Identifier: Apache-2.0
// Builds dist/: the operator, the kubectl plugin, and the admission module for programs that import it, minified and with
// source maps. The libraries unbundled take twice the memory and three times as long to start (docs/adr/0008).
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

/** Node.js maps only what it loads after source maps are on. With them, stack traces name the files and lines of src/. */
const MAIN = `#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { setSourceMapsSupport } from 'node:module';
setSourceMapsSupport(true);
await import('./gmsa-operator.js');
`;

/** The oldest Node.js that runs the programs: `22.19.0`. */
const oldestNode = packageJson.engines.node.replace('>=', '');

/**
 * A program that kubectl finds on the PATH: by this name, and on Linux and macOS without an extension. `env` might
 * find a Node.js there that is too old for the plugin. The launcher then starts the one that `make build` installed.
 */
function launcher(firstWords: readonly string[]): string {
  return `#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
const needed = '${oldestNode}';
const options = { numeric: true };
if (process.versions.node.localeCompare(needed, 'en', options) >= 0) {
  process.argv.splice(2, 0, ${firstWords.map((word) => `'${word}'`).join(', ')});
  await import('./plugin.js');
} else {
  const { spawnSync } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const installed = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  const { error, signal, status } = spawnSync(installed, process.argv.slice(1), { stdio: 'inherit' });
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 3;
  if (error !== undefined) {
    console.error('error: kubectl-gmsa needs Node.js ' + needed + ' or newer, and this is ' + process.version);
    console.error('hint: install a newer one (https://nodejs.org/), or put one in front on the PATH');
  }
}
`;
}

/**
 * Saves 20 to 50 MB of memory: client-node's package.json does not say that its thousand generated models have no side
 * effects, so that a bundle would hold and run all of them for the few modules that read a kubeconfig.
 */
const leaveOutUnusedModels: Plugin = {
  name: 'leave-out-unused-models',
  setup(builder) {
    builder.onResolve({ filter: /.*/ }, async ({ path, pluginData, ...from }) => {
      const concerned =
        path === CLIENT_NODE || from.importer.includes(`node_modules/${CLIENT_NODE}/`);
      if (!concerned || pluginData === RESOLVING) return undefined;
      const resolved = await builder.resolve(path, { ...from, pluginData: RESOLVING });
      return resolved.path.includes(`node_modules/${CLIENT_NODE}/`)
        ? { ...resolved, sideEffects: false }
        : resolved;
    });
  },
};
const CLIENT_NODE = '@kubernetes/client-node';
const RESOLVING = Symbol('resolving');

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: {
    'gmsa-operator': 'src/main.ts',
    plugin: 'src/cli/main.ts',
    admission: 'src/admission/index.ts',
  },
  outdir: 'dist',
  write: false,
  bundle: true,
  // Halves the time in which the plugin starts: a command loads only what it needs. The operator loads admission and the
  // X.509 library in the same way.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  alias: {
    // Its CommonJS module has nothing but a default export when `import()` loads it.
    '@peculiar/x509': '@peculiar/x509/build/x509.es.js',
    // Saves a quarter of the plugin's start: client-node imports undici for its generated clients, which nobody calls.
    undici: 'data:text/javascript,module.exports = {};',
  },
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minifyWhitespace: true,
  minifySyntax: true,
  // Identifiers stay: to keep names in stack traces otherwise takes a call for every closure that is created.
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'linked',
  plugins: [leaveOutUnusedModels],
  // Some libraries are CommonJS and ask for Node's modules at run time.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const chunks = fileURLToPath(new URL('chunks', dist));
await mkdir(chunks, { recursive: true });
for (const { path, contents } of outputFiles) await replaceFile(path, contents);
// The name of a chunk changes with its contents.
const current = new Set(outputFiles.map(({ path }) => path));
for (const name of await readdir(chunks)) {
  const path = join(chunks, name);
  if (!current.has(path)) await rm(path, { force: true });
}
for (const [name, text] of [
  ['main.js', MAIN],
  ['kubectl-gmsa', launcher([])],
  ['kubectl_complete-gmsa', launcher(['__complete'])],
] as const) {
  const path = fileURLToPath(new URL(name, dist));
  await replaceFile(path, text);
  await chmod(path, 0o755);
}

/** Replaces the whole file at once: an operator might be starting from dist/ at this moment. */
async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  await writeFile(next, contents);
  await rename(next, path);
}
