// SPDX-License-Identifier: Apache-2.0
// The fenced blocks of a document, and which of them are run by tests: those in `sh`, which are commands, and
// those in `console`, which show commands and what they print.
import { commandsIn } from './shell-commands.ts';

/** A fenced block of a document. */
export interface FencedBlock {
  /** What stands behind the back-ticks: `sh`. */
  readonly language: string;
  readonly text: string;
  /** The paragraph above it, as one line. */
  readonly above: string;
  /** The heading that it stands under. */
  readonly section: string;
}

/** A command of a `console` block, and what the document says that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** What .ci/run does beside the tests: they would run all tests. */
export const RUN_BY_CI = ['make demo', 'make test'];

/** What a paragraph says of the block below it that cannot be run here. */
const MARK = /\bneeds (Active Directory|Azure|Windows|a container builder)\b/i;

/** The fenced blocks of a Markdown document, in their order; those of lists without their indentation. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  return [...markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map((match) => {
    const [, indent = '', language = '', text = ''] = match;
    const before = markdown.slice(0, match.index);
    const above = before.trimEnd().split('\n\n').at(-1) ?? '';
    return {
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      above: above.replaceAll(/\s*\n\s*/g, ' ').trim(),
      section: headings(before).at(-1) ?? '',
    };
  });
}

/** Whether the document says that the block needs what is not here. */
export function isMarked({ above }: FencedBlock): boolean {
  return MARK.test(above);
}

/** Whether the block holds commands that a test has to run. */
export function isToBeRun(block: FencedBlock): boolean {
  return (
    ['console', 'sh'].includes(block.language) &&
    !isMarked(block) &&
    !commandsIn(block.text).every((words) => RUN_BY_CI.includes(words.join(' ')))
  );
}

/** With which exit code the block ends: 0, where the paragraph above it does not name another. */
export function exitCodeOf({ above }: FencedBlock): number {
  return Number(/\bexit code (\d+)/.exec(above)?.[1] ?? 0);
}

/** What a `console` block shows: commands behind `$`, which may go on after a backslash. */
export function shownCommands({ text }: FencedBlock): readonly ShownCommand[] {
  return [...text.matchAll(/^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
    ([, command = '', output = '']) => ({ command, output }),
  );
}

/** In fenced blocks, comments look like headings. */
function headings(markdown: string): readonly string[] {
  const text = markdown.replaceAll(/^( *)```.*?^\1```$/gms, '');
  return [...text.matchAll(/^#{1,4} (.*)$/gm)].map(([, title = '']) => title);
}
