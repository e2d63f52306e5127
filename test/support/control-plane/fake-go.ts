// SPDX-License-Identifier: Apache-2.0
// A stand-in for the Go toolchain on the PATH, for tests of what is done around it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeGo {
  /** Directory to put first on the PATH. */
  readonly bin: string;
  /** The arguments of each call so far. */
  readonly calls: () => readonly string[];
}

/**
 * Makes a `go` in `directory` whose downloads give a module with one kwok stage, and whose `build`
 * and `run` are the given shell code; `build` finds the output path in `$out`.
 */
export function makeFakeGo(
  directory: string,
  { build = 'exit 1', run = 'exit 1' }: { readonly build?: string; readonly run?: string },
): FakeGo {
  const bin = join(directory, 'bin');
  const module = join(directory, 'module');
  const stages = join(module, 'kustomize/stage');
  for (const folder of ['node/fast', 'node/heartbeat-with-lease', 'pod/fast']) {
    mkdirSync(join(stages, folder), { recursive: true });
    writeFileSync(join(stages, folder, 'kustomization.yaml'), 'kind: Kustomization\n');
    writeFileSync(join(stages, folder, 'stage.yaml'), `kind: Stage # ${folder}\n`);
  }
  writeFileSync(join(module, 'go.mod'), 'module fake\n\ngo 1.26\n');
  mkdirSync(bin);
  const calls = join(directory, 'calls');
  writeFileSync(calls, '');
  writeFileSync(
    join(bin, 'go'),
    `#!/bin/sh
echo "$*" >> '${calls}'
for argument; do case "$argument" in -o=*) out="\${argument#-o=}" ;; esac; done
case "$1" in
version) echo go version go1.26 fake ;;
mod) printf '{"Dir":"%s","GoMod":"%s/go.mod"}' '${module}' '${module}' ;;
build) mkdir -p out; ${build} ;;
run) ${run} ;;
esac
`,
    { mode: 0o755 },
  );
  return { bin, calls: () => readFileSync(calls, 'utf8').trimEnd().split('\n') };
}
