// SPDX-License-Identifier: Apache-2.0
// A directory in the cache where a program is made before it is moved into its place: what is in
// its place is complete, and nothing stays behind when the maker is killed.
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GO_ENVIRONMENT } from './go.ts';
import { withLock } from './lock.ts';
import { openSupervisor } from './supervised.ts';

const LOG = 'go.log';
const LOG_TAIL_LINES = 15;

export interface Staging {
  readonly directory: string;
  /** Where `go` writes its output. */
  readonly logFile: string;
  /** Runs `go` in the directory; throws with its last log lines if it fails or takes too long. */
  readonly go: (args: readonly string[], timeoutMs?: number) => Promise<void>;
}

/** What is made: `name` for the file system, `title` for people. */
export interface Making {
  readonly root: string;
  readonly name: string;
  readonly title: string;
  readonly log: (line: string) => void;
}

/**
 * Makes something, one process at a time: returns what `made` finds once the lock is held, else
 * what `make` returns. If it throws, its log stays in the cache until the next attempt.
 */
export async function makeOnce<T>(
  { root, name, title, log }: Making,
  made: () => T | undefined,
  make: (staging: Staging) => Promise<T>,
): Promise<T> {
  await mkdir(root, { recursive: true });
  const onWait = (holder: number): void => {
    log(`waiting for ${title}, which process ${String(holder)} is making`);
  };
  return withLock(join(root, `${name}.lock`), onWait, async () => {
    const found = made();
    if (found !== undefined) return found;
    const directory = await newStagingDirectory(root, name);
    const supervisor = openSupervisor(directory);
    const logFile = join(directory, LOG);
    try {
      const result = await make({
        directory,
        logFile,
        async go(args, timeoutMs) {
          const request = { file: 'go', args, cwd: directory, env: GO_ENVIRONMENT, logFile };
          const process = await supervisor.spawn(request);
          const kill = (): void => void process.signal('SIGKILL');
          const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
          const reason = await process.whenExited();
          clearTimeout(timer);
          if (reason !== 'exit code 0') throw new Error(await failure(title, reason, logFile));
        },
      });
      await supervisor.close();
      return result;
    } catch (error) {
      await supervisor.close({ keep: [LOG] });
      throw error;
    }
  });
}

// What an earlier attempt left is nobody's: whoever made it had the lock.
async function newStagingDirectory(root: string, name: string): Promise<string> {
  const prefix = `.making-${name}-`;
  for (const entry of await readdir(root)) {
    if (entry.startsWith(prefix)) await rm(join(root, entry), { recursive: true, force: true });
  }
  return mkdtemp(join(root, prefix));
}

async function failure(title: string, reason: string, logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
  return [
    `making ${title} failed (go: ${reason})`,
    ...lines.map((line) => `  ${line}`),
    `The whole log: ${logFile}`,
  ].join('\n');
}
