// SPDX-License-Identifier: Apache-2.0
// The caller's side of the supervisor: processes and a directory that do not outlive this process,
// even if it is killed with SIGKILL.
import { rmSync } from 'node:fs';
import { forkSupervisor } from './supervisor-process.ts';

/** A process that was started by the supervisor. */
export interface SupervisedProcess {
  readonly pid: number;
  /**
   * Settles when it has ended, with why: `exit code 1`, `SIGKILL`. Never rejects. Waiting for it
   * does not keep this process alive; `whenExited` does.
   */
  readonly exited: Promise<string>;
  readonly whenExited: () => Promise<string>;
  /** The reason once it has ended. */
  readonly exitReason: string | undefined;
  /** Whether this side sent SIGTERM or SIGKILL, or closed the supervisor. */
  readonly askedToEnd: boolean;
  /** Signals the process and whatever it started; resolves when it has been sent. */
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
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
    switch (message.type) {
      case 'started':
        tracked?.started(message.pid);
        return;
      case 'signalled':
        tracked?.signalled();
        return;
      case 'exited':
        processes.delete(message.id);
        tracked?.exited(message.reason);
        return;
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
        whenExited: () => whileAlive(tracked.whenExited),
        get exitReason() {
          return tracked.exitReason();
        },
        get askedToEnd() {
          return closing || asked;
        },
        async signal(name) {
          asked ||= name === 'SIGTERM' || name === 'SIGKILL';
          if (tracked.exitReason() !== undefined) return;
          child.send({ type: 'signal', id, signal: name });
          await whileAlive(tracked.whenSignalled());
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
  readonly signalled: () => void;
  readonly exited: (reason: string) => void;
  readonly whenStarted: Promise<number>;
  /** Settles with the next answer to a signal, or when there will be none. */
  readonly whenSignalled: () => Promise<void>;
  readonly whenExited: Promise<string>;
  readonly pid: () => number | undefined;
  readonly exitReason: () => string | undefined;
}

function track(file: string): Tracked {
  const start = Promise.withResolvers<number>();
  const exit = Promise.withResolvers<string>();
  let pid: number | undefined;
  let reason: string | undefined;
  const signals: (() => void)[] = [];
  return {
    started(value) {
      pid = value;
      start.resolve(value);
    },
    signalled() {
      signals.shift()?.();
    },
    exited(value) {
      reason = value;
      for (const done of signals.splice(0)) done();
      exit.resolve(value);
      start.reject(new Error(`cannot start ${file}: ${value}`));
    },
    whenStarted: start.promise,
    whenSignalled: () => new Promise((resolve) => signals.push(resolve)),
    whenExited: exit.promise,
    pid: () => pid,
    exitReason: () => reason,
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
