// SPDX-License-Identifier: Apache-2.0
// Questions to whoever sits at the terminal.
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { CliError } from './cli-error.ts';

/**
 * Asks a question and resolves with the line that is typed, without white space around it.
 * @throws CliError where there is none any more: Ctrl-C, Ctrl-D, the end of the input.
 */
export type Ask = (question: string) => Promise<string>;

/**
 * Questions on one terminal, one after the other. It stays open between them, for answers that are pasted
 * together arrive at once, and each waits for its question. In between it keeps no process alive.
 */
export function createQuestions({
  input,
  output,
}: {
  readonly input: Readable;
  readonly output: Writable;
}): Ask {
  let terminal: Interface | undefined;
  let hasEnded = false;
  const unread: string[] = [];
  let waiting: { readonly answer: (line: string) => void; readonly end: () => void } | undefined;

  const open = (): Interface =>
    createInterface({ input, output })
      .on('line', (line) => {
        if (waiting === undefined) unread.push(line);
        else waiting.answer(line);
      })
      .on('close', () => {
        hasEnded = true;
        // The cursor is behind the question.
        if (waiting !== undefined) output.write('\n');
        waiting?.end();
      });

  return async (question) => {
    const pasted = unread.shift();
    if (pasted !== undefined) {
      output.write(`${question}${pasted}\n`);
      return pasted.trim();
    }
    if (hasEnded) throw noAnswer();
    terminal ??= open();
    terminal.setPrompt(question);
    // Goes on reading, where it was stopped after the answer before.
    terminal.prompt();
    return new Promise<string>((resolve, reject) => {
      waiting = {
        answer: (line) => {
          waiting = undefined;
          terminal?.pause();
          resolve(line.trim());
        },
        end: () => {
          reject(noAnswer());
        },
      };
    });
  };
}

function noAnswer(): CliError {
  return new CliError('no answer was given');
}
