// SPDX-License-Identifier: Apache-2.0
// The real terminal, environment and files of this process.
import { createReadStream } from 'node:fs';
import { chmod, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { type Io, MAX_FILE_BYTES, type TextOutput } from './io.ts';
import { createQuestions } from './questions.ts';

/** The process's own. */
export function createProcessIo(): Io {
  return {
    env: process.env,
    stdout: outputTo(process.stdout),
    stderr: outputTo(process.stderr),
    // On stderr: stdout is where the result goes.
    ask:
      process.stdin.isTTY && process.stderr.isTTY
        ? createQuestions({ input: process.stdin, output: process.stderr })
        : undefined,
    readFile: (path) =>
      path === '-'
        ? readAll('stdin', () => process.stdin)
        : readAll(path, () => createReadStream(path)),
    writeFile: (path, contents) => writeToDisk(path, contents, (previous) => previous & OWNER_ONLY),
    editFile: (path, contents) => writeToDisk(path, contents, (previous) => previous),
  };
}

function outputTo(stream: NodeJS.WriteStream): TextOutput {
  // Whoever reads the other end of a pipe may have seen enough: `… | head`.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { isTerminal: stream.isTTY, write: (text) => void stream.write(text) };
}

/** All of a stream. Its size is not known before: a pipe or a device has none. */
async function readAll(name: string, open: () => AsyncIterable<Buffer>): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of open()) {
      bytes += chunk.length;
      if (bytes > MAX_FILE_BYTES) throw tooLarge(name);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw fileError('read', name, error);
  }
}

/** Names of what this process has open; a file among them is one that the shell appends to, or goes on with. */
const OPEN_ALREADY = /^\/(dev\/(stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/** Read and write for the owner: the mode of a new file, whatever the umask is. */
const OWNER_ONLY = 0o600;

async function writeToDisk(
  path: string,
  contents: Buffer | string,
  modeAfter: (previous: number) => number,
): Promise<void> {
  try {
    const previous = await stat(path).catch(() => undefined);
    const isReplaced = previous?.isFile() ?? true;
    if (isReplaced && !OPEN_ALREADY.test(path)) {
      const mode = previous === undefined ? OWNER_ONLY : modeAfter(previous.mode);
      await replaceFile(path, contents, mode);
    }
    // In the place of a pipe or a device, a file would take it away from others.
    else await writeFile(path, contents, { flag: constants.O_WRONLY | constants.O_APPEND });
  } catch (error) {
    throw fileError('write', path, error);
  }
}

async function replaceFile(path: string, contents: Buffer | string, mode: number): Promise<void> {
  // The file that a link points to, and not the link.
  const target = await realpath(path).catch(() => path);
  const next = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(next, contents, { flag: 'wx', mode: OWNER_ONLY });
    await chmod(next, mode);
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

function tooLarge(what: string): CliError {
  return new CliError(`${what} is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`, {
    hint: 'is it the file that you mean? A credential spec has about 1 KiB',
  });
}

function fileError(attempt: 'read' | 'write', path: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const { why, hint } = KNOWN[code] ?? {
    why: code === '' ? String(error) : code,
    hint: 'look at the file with other programs, too; - reads from stdin and writes to stdout',
  };
  return new CliError(`cannot ${attempt} ${path}: ${why}`, { hint, cause: error });
}

const ABSENT = {
  why: 'no such file',
  hint: 'see that the path is right, and the directory that you are in; - stands for stdin',
} as const;
const DENIED = {
  why: 'permission denied',
  hint: 'ls -l shows who may; or give a copy that is yours',
} as const;

/** By the code of Node's error. */
const KNOWN: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  EISDIR: { why: 'it is a directory', hint: 'name a file in it' },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: {
    why: 'the file system is read-only',
    hint: 'copy the file to another place, and edit it there',
  },
  ENOSPC: { why: 'the disk is full', hint: 'make room: the file is as it was' },
};
