// SPDX-License-Identifier: Apache-2.0
// A process of its own that owns the processes and the directory of one caller. When the caller
// goes, however it goes, the IPC channel closes: everything is killed and the directory removed.
// Being the parent, it never signals a process id that has been given to somebody else.
//
// Usage: fork supervisor.ts <directory>, detached, so that no Ctrl-C of a terminal reaches it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FromSupervisor, ToSupervisor } from './supervisor-messages.ts';

const directory = process.argv[2];
if (directory === undefined || process.send === undefined) {
  throw new Error('supervisor.ts is started by supervised.ts, with a directory and an IPC channel');
}

const children = new Map<number, ChildProcess>();
let closing = false;

process.on('message', (message: ToSupervisor) => {
  switch (message.type) {
    case 'spawn':
      try {
        start(message);
      } catch (error) {
        tell({ type: 'exited', id: message.id, reason: String(error) });
      }
      return;
    case 'signal':
      signal(children.get(message.id), message.signal);
      tell({ type: 'signalled', id: message.id });
      return;
    case 'close':
      void close(message.keep);
      return;
  }
});
process.on('disconnect', () => void close([]));
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(name, () => void close([]));
}

function start({ id, file, args, cwd, env, logFile }: ToSupervisor & { type: 'spawn' }): void {
  if (closing) return;
  const log = openSync(logFile, 'a', 0o600);
  // A process group each, so that what a program starts itself ends with it.
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = (reason: string): void => {
    if (children.delete(id) || child.pid === undefined) tell({ type: 'exited', id, reason });
  };
  child.on('error', (error) => {
    ended(error.message);
  });
  child.on('exit', (code, name) => {
    ended(name ?? `exit code ${String(code)}`);
  });
  if (child.pid === undefined) return;
  children.set(id, child);
  tell({ type: 'started', id, pid: child.pid });
}

function signal(child: ChildProcess | undefined, name: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has just ended; its exit is on the way.
  }
}

async function close(keep: readonly string[]): Promise<void> {
  if (closing) return;
  closing = true;
  const running = [...children.values()];
  const exits = running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  // Not SIGTERM: the data is thrown away, and a paused process would not hear it.
  for (const child of running) signal(child, 'SIGKILL');
  await Promise.all(exits);
  await removeAllBut(keep);
  process.exit(0);
}

async function removeAllBut(keep: readonly string[]): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5 } as const;
  if (keep.length === 0) {
    await rm(directory ?? '', options);
    return;
  }
  for (const entry of await readdir(directory ?? '')) {
    if (!keep.includes(entry)) await rm(join(directory ?? '', entry), options);
  }
}

function tell(message: FromSupervisor): void {
  // The caller may be gone: then there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
