// SPDX-License-Identifier: Apache-2.0
// A terminal and files for unit tests, in memory.
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';

/** An {@link Io} that remembers. */
export interface FakeIo extends Io {
  /** Everything that was written so far. */
  readonly out: () => string;
  /** The same as bytes. */
  readonly outBytes: () => Buffer;
  readonly err: () => string;
  /** By path; what a command writes is there, too. */
  readonly files: Map<string, Buffer>;
  /** Questions that were asked. */
  readonly questions: string[];
}

/** `answers`: what is typed at the terminal, one after the other; undefined: there is no terminal. */
export function fakeIo({
  files = {},
  answers,
  env = {},
}: {
  readonly files?: Readonly<Record<string, Buffer | string>>;
  readonly answers?: readonly string[];
  readonly env?: Io['env'];
} = {}): FakeIo {
  const isTerminal = answers !== undefined;
  const stored = new Map(Object.entries(files).map(([path, data]) => [path, Buffer.from(data)]));
  const left = [...(answers ?? [])];
  const questions: string[] = [];
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const writeTo = (written: Buffer[]) => (text: Uint8Array | string) =>
    void written.push(Buffer.from(text));
  const writeFile: Io['writeFile'] = (path, contents) => {
    stored.set(path, Buffer.from(contents));
    return Promise.resolve();
  };
  return {
    env,
    stdout: { isTerminal, write: writeTo(out) },
    stderr: { isTerminal, write: writeTo(err) },
    out: () => Buffer.concat(out).toString(),
    outBytes: () => Buffer.concat(out),
    err: () => Buffer.concat(err).toString(),
    files: stored,
    questions,
    ask: isTerminal
      ? (question) => {
          questions.push(question);
          const answer = left.shift();
          return answer === undefined
            ? Promise.reject(new CliError('no answer was given'))
            : Promise.resolve(answer);
        }
      : undefined,
    readFile: (path) => {
      const data = stored.get(path);
      return data === undefined
        ? Promise.reject(
            new CliError(`cannot read ${path}: no such file`, { hint: 'see the path' }),
          )
        : Promise.resolve(data);
    },
    writeFile,
    editFile: writeFile,
  };
}
