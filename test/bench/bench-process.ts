// SPDX-License-Identifier: Apache-2.0
// A program of the bench in a process of its own: it is told in a JSON file what to do, and its output is
// read from a file.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSupervisor } from '../support/control-plane/supervised.ts';

/** A program that was started. */
export interface BenchProcess {
  readonly pid: number;
  /** What it has written until now, to stdout and stderr. */
  output(): Promise<string>;
  /** Settles when it has ended, with why: `exit code 0`. */
  readonly exited: Promise<string>;
  /** SIGKILL and no trace left. */
  close(): Promise<void>;
}

/** Starts a program of this folder; it gets the path of the file that holds `setup`. */
export async function startBenchProcess(program: string, setup: unknown): Promise<BenchProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-bench-process-'));
  const supervisor = openSupervisor(directory);
  const [setupFile, logFile] = [join(directory, 'setup.json'), join(directory, 'output')];
  await writeFile(setupFile, JSON.stringify(setup), { mode: 0o600 });
  const child = await supervisor.spawn({
    file: process.execPath,
    args: [fileURLToPath(new URL(program, import.meta.url)), setupFile],
    cwd: directory,
    logFile,
    env: { NODE_OPTIONS: '' },
  });
  return {
    pid: child.pid,
    output: () => readFile(logFile, 'utf8'),
    exited: child.exited,
    close: () => supervisor.close(),
  };
}

/** In the program itself: what it was told. */
export async function readSetup<T>(): Promise<T> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('the first argument is the path of a JSON file');
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
