// SPDX-License-Identifier: Apache-2.0
// The supervisor as a child process and a channel to it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromSupervisor, ToSupervisor } from './supervisor-messages.ts';

export interface SupervisorProcess {
  readonly pid: number;
  /** Why it ended. */
  readonly ended: Promise<string>;
  readonly send: (message: ToSupervisor) => void;
  readonly onMessage: (listener: (message: FromSupervisor) => void) => void;
  /** Waits for a promise and keeps this process alive meanwhile, which the supervisor does not. */
  readonly whileAlive: <T>(promise: Promise<T>) => Promise<T>;
}

/** Starts supervisor.ts for a directory. */
export function forkSupervisor(directory: string): SupervisorProcess {
  const child = fork(fileURLToPath(new URL('./supervisor.ts', import.meta.url)), [directory], {
    // A session of its own: a terminal's Ctrl-C is for the caller.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    // Options meant for the caller, such as a debugger's port, would stop it from starting.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (child.pid === undefined) throw new Error(`cannot start ${process.execPath}`);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit code ${String(code)}`);
    });
  });

  let waiting = 0;
  const keepAlive = (change: 1 | -1): void => {
    waiting += change;
    const method = waiting > 0 ? 'ref' : 'unref';
    child[method]();
    child.channel?.[method]();
  };
  child.unref();
  child.channel?.unref();

  return {
    pid: child.pid,
    ended,
    send: (message) => {
      // It may be gone without our having heard; `ended` tells.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    async whileAlive(promise) {
      keepAlive(1);
      try {
        return await promise;
      } finally {
        keepAlive(-1);
      }
    },
  };
}
