// SPDX-License-Identifier: Apache-2.0
// Makes dist/: one minified bundle with its source map beside it, and the launcher that sets Node up
// before the bundle is loaded. A bundle, for the libraries unbundled take twice the memory and three
// times as long to start (docs/adr/0008).
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

/**
 * Source maps, so that stack traces name our files and lines. And a heap that stays small: an operator
 * does little and waits long, but V8 by default grows its young generation to 32 MB and more in a
 * burst of work, and gives nothing back while nothing is allocated.
 */
const LAUNCHER = `#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { setSourceMapsSupport } from 'node:module';
import { setFlagsFromString } from 'node:v8';
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--optimize-for-size');
setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
await import('./gmsa-operator.js');
`;

/**
 * client-node is there for its kubeconfig; its thousand generated models are modules that do nothing
 * but declare themselves, which its package.json does not say: 20 MB of memory.
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
/** The map of our own files: with the libraries' it takes ten times the memory. */
const mapOwnSourcesOnly: Plugin = {
  name: 'map-own-sources-only',
  setup(builder) {
    builder.onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n${EMPTY_SOURCE_MAP}`,
      loader: 'default',
    }));
  },
};
const EMPTY_SOURCE_MAP = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(
  JSON.stringify({ version: 3, sources: [''], mappings: 'A' }),
).toString('base64')}`;

const CLIENT_NODE = '@kubernetes/client-node';
const RESOLVING = Symbol('resolving');

await rm(dist, { recursive: true, force: true });
await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: { 'gmsa-operator': 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'linked',
  plugins: [leaveOutUnusedModels, mapOwnSourcesOnly],
  // Some libraries are CommonJS and ask for Node's modules at run time.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
const launcher = new URL('main.js', dist);
await writeFile(launcher, LAUNCHER);
await chmod(launcher, 0o755);
