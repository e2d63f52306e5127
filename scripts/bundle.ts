// SPDX-License-Identifier: Apache-2.0
// Makes dist/: the program as a minified bundle with its source map beside it, the launcher that sets
// Node up before the bundle is loaded, the kubectl plugin, and the admission module for those who import
// it. A bundle, for
// the libraries unbundled take twice the memory and three times as long to start (docs/adr/0008).
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import { build, type OutputFile, type Plugin } from 'esbuild';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

/**
 * Source maps, so that stack traces name our files and lines. And memory that stays small: an operator
 * does little and waits long (docs/adr/0008). V8 by default grows its young generation to 32 MB and more in
 * a burst of work, and gives nothing back while nothing is allocated; and lets the old one grow to
 * several times of what is alive before it collects garbage there. While it does, the young one grows beyond its
 * limit. Under load it comes to allocate as old what lives for one request: that keeps alive what the request holds
 * until all garbage is collected. And it forgets what objects look like of which none is alive when it collects.
 * glibc by default keeps an arena for each thread, and what is freed in one is of no use to the others; gives back
 * the less the more was freed at once; and has all of 64 KB in memory that each TLS connection gets to read into, and
 * of which a few are used, and the compilers' segments of 32 KB long after they are free.
 * Some of it is read at the start of a process alone, so that this one starts itself again, as the same process.
 */
const LAUNCHER = `#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { setSourceMapsSupport } from 'node:module';
const options = [
  '--no-allocation-site-pretenuring',
  '--max-semi-space-size=4',
  // What it switches off is on in the V8 of Node 24, and was off before. An option that V8 does not know, as that of
  // Node 25, stops Node.
  ...(process.versions.v8.startsWith('13.') ? ['--no-separate-gc-phases'] : []),
  '--heap-growing-percent=20',
  '--retain-maps-for-n-gc=1000',
];
if (process.execve && !process.execArgv.includes(options[0])) {
  const argv = [process.execPath, ...process.execArgv, ...options, ...process.argv.slice(1)];
  const glibc = {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '32768',
    MALLOC_TRIM_THRESHOLD_: '131072',
  };
  process.execve(process.execPath, argv, { ...glibc, ...process.env });
}
setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
await import('./gmsa-operator.js');
`;

/**
 * The plugin as kubectl looks for it on the PATH: by this name, and on Linux and macOS without an
 * extension. There it may meet another Node than npm would take.
 */
const PLUGIN_LAUNCHER = `#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  await import('./plugin.js');
} else {
  console.error('error: kubectl-gmsa wants Node.js 22.19 or newer, and this is ' + process.version);
  console.error('hint: install a newer one (https://nodejs.org/), or put one in front on the PATH');
  process.exitCode = 3;
}
`;

/** What kubectl asks for completions of the plugin's words; stderr it shows to nobody. */
const COMPLETION_LAUNCHER = PLUGIN_LAUNCHER.replace(
  '  await import(',
  "  process.argv.splice(2, 0, '__complete');\n  await import(",
);

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
const CLIENT_NODE = '@kubernetes/client-node';

/**
 * client-node imports undici for its generated clients, which nobody calls: half of the bundle, and a parser in
 * WebAssembly that is compiled as it starts.
 */
const noUndici: Plugin = {
  name: 'no-undici',
  setup(builder) {
    builder.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: 'no-undici' }));
    builder.onLoad({ filter: /.*/, namespace: 'no-undici' }, () => ({
      // CommonJS, of which anything can be imported.
      contents: 'module.exports = {};',
    }));
  },
};
const RESOLVING = Symbol('resolving');

/**
 * Where a module of Node's is imported, Node reads all of its exports, those too that load something when
 * they are read: with `node:http` all of the fetch and WebSocket that Node brings, some MB. `require` reads
 * what is asked for.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup(builder) {
    builder.onResolve({ filter: BUILTIN }, ({ path, kind, namespace }) => {
      const isOwn = kind === 'require-call' || namespace === BUILTINS || KEPT.includes(path);
      return isOwn ? { path, external: true } : { path, namespace: BUILTINS };
    });
    builder.onLoad({ filter: /.*/, namespace: BUILTINS }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
const BUILTINS = 'builtins';
/** Old libraries leave the prefix out. */
const BUILTIN = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
/** What `require` itself comes from. */
const KEPT = ['node:module'];

/** Apart: what the plugin shares with the operator must not become the operator's chunks. */
const PROGRAMS: readonly Readonly<Record<string, string>>[] = [
  {
    'gmsa-operator': 'src/main.ts',
    admission: 'src/admission/index.ts',
  },
  { plugin: 'src/cli/main.ts' },
];

const outputFiles = (await Promise.all(PROGRAMS.map(bundle))).flat();
const chunks = fileURLToPath(new URL('chunks', dist));
await mkdir(chunks, { recursive: true });
for (const { path, text } of outputFiles) {
  await replaceFile(path, path.endsWith('.map') ? ownSourcesOnly(text) : text);
}
// Their names change with what they hold.
const current = new Set(outputFiles.map(({ path }) => path));
for (const name of await readdir(chunks)) {
  const path = join(chunks, name);
  if (!current.has(path)) await rm(path, { force: true });
}
for (const [name, text] of [
  ['main.js', LAUNCHER],
  ['kubectl-gmsa', PLUGIN_LAUNCHER],
  ['kubectl_complete-gmsa', COMPLETION_LAUNCHER],
] as const) {
  const launcher = fileURLToPath(new URL(name, dist));
  await replaceFile(launcher, text);
  await chmod(launcher, 0o755);
}

async function bundle(entryPoints: Readonly<Record<string, string>>): Promise<OutputFile[]> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints,
    outdir: 'dist',
    write: false,
    bundle: true,
    // What is imported when it is needed, if ever, is read then: X.509, all of admission, each command.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // An `import()` of CommonJS has nothing but a default in a chunk.
    alias: { '@peculiar/x509': '@peculiar/x509/build/x509.es.js' },
    platform: 'node',
    target: 'node22',
    format: 'esm',
    minifyWhitespace: true,
    minifySyntax: true,
    // Identifiers stay: names in stack traces would else have to be put back on every closure that is made.
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'linked',
    plugins: [leaveOutUnusedModels, noUndici, requiredBuiltins],
    // Some libraries are CommonJS and ask for Node's modules at run time.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    metafile: true,
  });
  for (const [output, { imports }] of Object.entries(metafile.outputs)) {
    const imported = imports.filter(({ external, kind }) => external && kind !== 'require-call');
    if (imported.length === 0) continue;
    const names = imported.map(({ path }) => path).join(', ');
    throw new Error(`${output} imports ${names}: has to be required, see requiredBuiltins`);
  }
  return outputFiles;
}

/** All of the file at once: an operator may be starting from dist/ at this moment. */
async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  await writeFile(next, text);
  await rename(next, path);
}

/**
 * A source map without the libraries' files. Node keeps the whole map in memory, and theirs is nine
 * tenths of it: 7 MB. Their frames in a stack trace tell a place in the bundle.
 */
function ownSourcesOnly(text: string): string {
  const map = JSON.parse(text) as { sources: string[]; names: string[]; mappings: string };
  const sources: string[] = [];
  const keptSources = map.sources.map((source) =>
    source.includes('node_modules/') ? undefined : sources.push(source) - 1,
  );
  const names: string[] = [];
  const keptNames = new Map<number, number>();
  const nameIndex = (old: number): number => {
    const index = keptNames.get(old) ?? names.push(map.names[old] ?? '') - 1;
    keptNames.set(old, index);
    return index;
  };
  const lines = decode(map.mappings).map((segments) => {
    const own: SourceMapSegment[] = [];
    for (const [generatedColumn, source, line, column, name] of segments) {
      const index = source === undefined ? undefined : keptSources[source];
      if (index !== undefined && line !== undefined && column !== undefined) {
        own.push(
          name === undefined
            ? [generatedColumn, index, line, column]
            : [generatedColumn, index, line, column, nameIndex(name)],
        );
      } else if (own.at(-1)?.length !== 1) {
        // Where a library begins, or its places would be taken for those of our file before it.
        own.push([generatedColumn]);
      }
    }
    return own;
  });
  return JSON.stringify({ ...map, sources, names, mappings: encode(lines) });
}
