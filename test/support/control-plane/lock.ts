// SPDX-License-Identifier: Apache-2.0
// A lock between processes of one machine: a file that names its holder. One whose holder is dead,
// or has not touched it for a while (its process id may be somebody else's by now), is taken over.
// If two ever held it at once, both would build the same thing and the later rename would win.
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const TOUCH_INTERVAL_MS = 2_000;
const STALE_AFTER_MS = 30_000;
const POLL_INTERVAL_MS = 500;

/**
 * Runs `action` while holding the lock file. `onWait` is called once, with the holder's process
 * id, if somebody else has it. The file's directory must exist.
 */
export async function withLock<T>(
  file: string,
  onWait: (holder: number) => void,
  action: () => Promise<T>,
): Promise<T> {
  let waited = false;
  while (!tryAcquire(file)) {
    const holder = holderOf(file);
    if (holder === undefined || isStale(file, holder)) {
      removeStale(file, holder);
      continue;
    }
    if (!waited) onWait(holder);
    waited = true;
    await delay(POLL_INTERVAL_MS);
  }
  const touching = setInterval(() => {
    touch(file);
  }, TOUCH_INTERVAL_MS);
  try {
    return await action();
  } finally {
    clearInterval(touching);
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

// Linked into place complete, so that nobody ever reads a lock without its holder.
function tryAcquire(file: string): boolean {
  const own = `${file}.${String(process.pid)}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(own);
  }
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody cleared the cache; the action will find out if it matters.
  }
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isStale(file: string, holder: number): boolean {
  try {
    process.kill(holder, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return true;
  }
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched > STALE_AFTER_MS;
}

// Moved aside before it is removed: of several that see a stale lock, one gets it. If that turns
// out to be a new holder's lock, it is put back.
function removeStale(file: string, stale: number | undefined): void {
  const aside = `${file}.stale.${String(process.pid)}`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else was faster.
  }
  rmSync(aside, { force: true });
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
