// SPDX-License-Identifier: Apache-2.0
// Questions to whoever sits at the terminal.
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';

/**
 * Questions on one terminal, one after the other. It stays open between them, for answers that are pasted
 * together arrive at once, and each waits for its question. In between it keeps no process alive.
 * A question throws a CliError if there is no answer any more: Ctrl-C, Ctrl-D, the end of the input.
 */
export function createQuestions({
  input,
  output,
}: {
  readonly input: Readable;
  readonly output: Writable;
}): NonNullable<Io['ask']> {
  let terminal: Interface | undefined;
  const unread: string[] = [];
  const ended = new AbortController();
  // A call, because it changes while an answer is awaited.
  const hasEnded = (): boolean => ended.signal.aborted;
  const open = (): Interface =>
    createInterface({ input, output })
      .on('line', (line) => unread.push(line))
      .on('close', () => {
        ended.abort();
      });

  return async (question) => {
    const [pasted] = unread;
    if (pasted !== undefined) output.write(`${question}${pasted}\n`);
    else if (!hasEnded()) {
      terminal ??= open();
      terminal.setPrompt(question);
      // Goes on reading, where it was stopped after the answer before.
      terminal.prompt();
      await once(terminal, 'line', { signal: ended.signal }).catch(() => {
        // The cursor is behind the question.
        output.write('\n');
      });
      if (!hasEnded()) terminal.pause();
    }
    const line = unread.shift();
    if (line === undefined) throw new CliError('no answer was given');
    return line.trim();
  };
}
