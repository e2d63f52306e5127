// SPDX-License-Identifier: Apache-2.0
// A shell that runs one script after the other, as somebody types them: what one has exported, the next one
// has.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How a script ended. */
export interface ScriptResult {
  readonly code: number;
  /** stdout and stderr, as they came. */
  readonly output: string;
}

/** See {@link createShell}. */
export interface Shell {
  /**
   * Runs a script, which ends with the first command that fails.
   * @param interruptAt once this is printed, somebody presses Ctrl-C.
   */
  run(
    script: string,
    options?: { readonly interruptAt?: RegExp | undefined },
  ): Promise<ScriptResult>;
}

/** No command of a document takes so long, by far. */
const TIMEOUT_MS = 120_000;

const EXPORTS = '.exports';

/** Whatever becomes of the test, nothing stays that a script has started. Ctrl-C is not meant for this. */
const ENDS_WITH_ITS_PARENT =
  "(trap '' INT; while kill -0 $PPID; do sleep 1; done; kill -KILL 0) >/dev/null 2>&1 &";

/**
 * Bash in a directory, in which it also keeps what was exported. It outlives Ctrl-C itself, as one at a
 * terminal: what it runs decides how the script ends.
 */
export function createShell(directory: string, env: NodeJS.ProcessEnv): Shell {
  const file = join(directory, EXPORTS);
  const prelude = `
if [ -f '${file}' ]; then . '${file}'; fi
${ENDS_WITH_ITS_PARENT}
trap "kill $!; export -p >'${file}'" EXIT
trap : INT
exec 2>&1`;
  return {
    run: (script, { interruptAt } = {}) =>
      new Promise((resolve, reject) => {
        const args = ['-euo', 'pipefail', '-c', `${prelude}\n${script}`];
        // In a group of its own, as a terminal has it: a signal reaches whatever it has started.
        const child = spawn('bash', args, {
          ...{ cwd: directory, env, detached: true },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const signal = (name: NodeJS.Signals): void => {
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
        };
        let output = '';
        let isInterrupted = false;
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          output += chunk;
          if (isInterrupted || interruptAt?.test(output) !== true) return;
          isInterrupted = true;
          signal('SIGINT');
        });
        const timer = setTimeout(() => {
          output += `(ended after ${String(TIMEOUT_MS / 1000)} s)\n`;
          signal('SIGKILL');
        }, TIMEOUT_MS);
        child.on('error', reject);
        child.on('close', (code) => {
          clearTimeout(timer);
          resolve({ code: code ?? 128, output });
        });
      }),
  };
}
