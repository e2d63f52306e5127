// SPDX-License-Identifier: Apache-2.0
// How the demo looks in a terminal: paragraphs, commands, their output, and what they have shown.
import { styleText } from 'node:util';

/** The part of a terminal, or of a file in its place, that is written to. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Writes the demo. */
export interface Narrator {
  /** A heading; `place` says where in the story it stands: `3 of 9`. */
  readonly heading: (title: string, place?: string) => void;
  /** A paragraph, wrapped. */
  readonly say: (text: string) => void;
  /** A command as one can type it. */
  readonly command: (text: string) => void;
  /** A line as it is. */
  readonly plain: (line: string) => void;
  /** What a command printed, as it came. */
  readonly output: (text: string) => void;
  /** Something that has come true. */
  readonly shown: (text: string) => void;
  /** A line that is worth no more than a glance. */
  readonly progress: (line: string) => void;
  /** What went wrong. */
  readonly failure: (text: string) => void;
}

/** In characters. A terminal that says it is narrower than that does not know its width. */
const [MIN_WIDTH, MAX_WIDTH] = [20, 92];

/** A narrator that uses colours only on a terminal, and where nobody asked for none (NO_COLOR). */
export function createNarrator(
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
): Narrator {
  const isColoured = terminal.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  const columns = terminal.columns ?? 0;
  const width = columns < MIN_WIDTH ? MAX_WIDTH : Math.min(columns, MAX_WIDTH);
  const write = (...lines: readonly string[]): void => {
    terminal.write(`${lines.join('\n')}\n`);
  };
  return {
    heading(title, place) {
      const text = place === undefined ? title : `${place}: ${title}`;
      write('', style(['bold', 'cyan'], text), style('cyan', '─'.repeat(width)));
    },
    say: (text) => {
      write('', ...wrap(text, width));
    },
    command: (text) => {
      write('', style('bold', `$ ${text}`));
    },
    plain: (line) => {
      write(line);
    },
    output: (text) => {
      if (text !== '') write(text.trimEnd());
    },
    shown: (text) => {
      const [first = '', ...more] = wrap(text, width - 2);
      write(
        '',
        ...[`✓ ${first}`, ...more.map((line) => `  ${line}`)].map((line) => style('green', line)),
      );
    },
    progress: (line) => {
      write(style('dim', `  ${line}`));
    },
    failure: (text) => {
      write('', style('red', text));
    },
  };
}

/** Breaks a paragraph into lines of at most `width` characters; longer words stay whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
