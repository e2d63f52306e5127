// SPDX-License-Identifier: Apache-2.0
// The throw-away Go module in which a program is built.
import type { ProgramSource } from './programs.ts';

const MODULE_NAME = 'gmsa-operator.test/build';

/**
 * The go.mod to build `source` with, made from the go.mod of the module that it comes from: the
 * same language version and GODEBUG defaults. Kubernetes requires its staging modules at v0.0.0
 * and finds them in its own tree; from outside, each is replaced by its published version.
 */
export function goModFor({ module, version }: ProgramSource, itsGoMod: string): string {
  const kept = itsGoMod.match(/^(go|godebug) .*$/gm) ?? [];
  const staging = [...itsGoMod.matchAll(/^\s*(?:require\s+)?(\S+) v0\.0\.0$/gm)].map(
    ([, name = '']) => name,
  );
  const published = version.replace(/^1\./, 'v0.');
  return [
    `module ${MODULE_NAME}`,
    ...kept,
    `require ${module} v${version}`,
    ...staging.map((name) => `replace ${name} => ${name} ${published}`),
    '',
  ].join('\n');
}
