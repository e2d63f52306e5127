// SPDX-License-Identifier: Apache-2.0
// Running the Go toolchain.
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the builds need of the environment, whatever the user's own settings. */
export const GO_ENVIRONMENT = { CGO_ENABLED: '0', GO111MODULE: 'on', GOWORK: 'off' } as const;

/** Runs `go` in a directory and returns its stdout. Rejects with what it wrote to stderr. */
export async function go(
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<string> {
  const env = { ...process.env, ...GO_ENVIRONMENT };
  const { stdout } = await run('go', args, { cwd, env, signal, maxBuffer: 2 ** 26 });
  return stdout;
}

/** Whether there is a Go toolchain on the PATH. */
export async function hasGo(): Promise<boolean> {
  return go(['version'], tmpdir()).then(
    () => true,
    () => false,
  );
}
