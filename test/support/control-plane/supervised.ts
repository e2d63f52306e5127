// SPDX-License-Identifier: Apache-2.0
// The caller's side of the supervisor: processes and a directory that do not outlive this process,
// even if it is killed with SIGKILL.
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FromSupervisor, ToSupervisor } from './supervisor-messages.ts';

/** A process that was started by the supervisor. */
export interface SupervisedProcess {
  readonly pid: number;
  /**
   * Settles when it has ended, with why: `exit code 1`, `SIGKILL`. Never rejects; waiting for it
   * does not keep this process alive.
   */
  readonly exited: Promise<string>;
  /** The reason once it has ended. */
  readonly exitReason: string | undefined;
  /** Whether this side sent SIGTERM or SIGKILL, or closed the supervisor. */
  readonly askedToEnd: boolean;
  /** Signals the process and whatever it started. */
  readonly signal: (name: NodeJS.Signals) => void;
}

export interface SpawnRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Supervisor {
  /** Starts a process; throws if it cannot be started. */
  readonly spawn: (request: SpawnRequest) => Promise<SupervisedProcess>;
  /** The supervisor's own process id, and those of the processes that run now. */
  readonly processIds: () => readonly number[];
  /** Kills all processes and removes the directory, but for the named entries in it. */
  readonly close: (options?: { readonly keep?: readonly string[] }) => Promise<void>;
}

/**
 * Starts a supervisor that owns `directory` from now on. It does not keep this process alive:
 * a caller that just ends is cleaned up after as well.
 */
export function openSupervisor(directory: string): Supervisor {
  const child = forkSupervisor(directory);
  const { ended, whileAlive, pid: supervisorPid } = child;
  const processes = new Map<number, Tracked>();
  let lastId = 0;
  let closing = false;
  let gone: string | undefined;

  child.onMessage((message) => {
    const tracked = processes.get(message.id);
    if (message.type === 'started') {
      tracked?.started(message.pid);
    } else {
      processes.delete(message.id);
      tracked?.exited(message.reason);
    }
  });
  void ended.then((reason) => {
    gone = `its supervisor ended, ${reason}`;
    const left = [...processes.values()];
    processes.clear();
    for (const tracked of left) tracked.exited(gone);
    if (!closing) cleanUpInstead(left, directory);
  });

  return {
    async spawn({ env, ...request }) {
      if (gone !== undefined) throw new Error(`cannot start ${request.file}: ${gone}`);
      const id = ++lastId;
      const tracked = track(request.file);
      processes.set(id, tracked);
      child.send({ type: 'spawn', id, ...request, env: { ...process.env, ...env } });
      const pid = await whileAlive(tracked.whenStarted);
      let asked = false;
      return {
        pid,
        exited: tracked.whenExited,
        get exitReason() {
          return tracked.exitReason();
        },
        get askedToEnd() {
          return closing || asked;
        },
        signal: (name) => {
          asked ||= name === 'SIGTERM' || name === 'SIGKILL';
          child.send({ type: 'signal', id, signal: name });
        },
      };
    },
    processIds: () => [supervisorPid, ...[...processes.values()].flatMap(({ pid }) => pid() ?? [])],
    async close({ keep = [] } = {}) {
      closing = true;
      child.send({ type: 'close', keep });
      await whileAlive(ended);
    },
  };
}

/** What is known of a process, from the messages about it. */
interface Tracked {
  readonly started: (pid: number) => void;
  readonly exited: (reason: string) => void;
  readonly whenStarted: Promise<number>;
  readonly whenExited: Promise<string>;
  readonly pid: () => number | undefined;
  readonly exitReason: () => string | undefined;
}

function track(file: string): Tracked {
  const start = Promise.withResolvers<number>();
  const exit = Promise.withResolvers<string>();
  let pid: number | undefined;
  let reason: string | undefined;
  return {
    started(value) {
      pid = value;
      start.resolve(value);
    },
    exited(value) {
      reason = value;
      exit.resolve(value);
      start.reject(new Error(`cannot start ${file}: ${value}`));
    },
    whenStarted: start.promise,
    whenExited: exit.promise,
    pid: () => pid,
    exitReason: () => reason,
  };
}

interface SupervisorProcess {
  readonly pid: number;
  /** Why it ended. */
  readonly ended: Promise<string>;
  readonly send: (message: ToSupervisor) => void;
  readonly onMessage: (listener: (message: FromSupervisor) => void) => void;
  /** Waits for a promise and keeps this process alive meanwhile, which the supervisor does not. */
  readonly whileAlive: <T>(promise: Promise<T>) => Promise<T>;
}

function forkSupervisor(directory: string): SupervisorProcess {
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

// The supervisor itself was killed: the processes were its children and are nobody's now.
function cleanUpInstead(left: readonly Tracked[], directory: string): void {
  for (const tracked of left) {
    const pid = tracked.pid();
    if (pid === undefined) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended too.
    }
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
