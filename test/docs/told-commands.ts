// SPDX-License-Identifier: Apache-2.0
// The commands that a document tells of: in its prose, as inline code, and in its `sh` blocks. In prose they are
// cut short, have words around them and places to fill in, so that nobody could run them; but what they name is
// there, or is not. And the commands that a program tells of in what it prints.
import { fencedBlocks } from './fenced-blocks.ts';
import { commandsIn } from './shell-commands.ts';

/** Programs whose commands are looked for in the middle of a sentence; `make` and `node` are words, too. */
const IN_SENTENCES = /(?<![\w./-])(?:kubectl|helm) [a-z].*?(?=[;|()]|[,:.](?:\s|$)|$)/g;

/** What may stand behind `make`, so that `make the pod again` is not taken for one. */
const MAKE = /^make [a-z-]+(?: [A-Z_]+=\S*)*$/;

/** Words of each command, the program first. Placeholders and words of the sentence may follow. */
export function toldCommands(markdown: string): readonly (readonly string[])[] {
  const inBlocks = fencedBlocks(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => commandsIn(text));
  return [...codeSpans(markdown).flatMap(commandsInSpan), ...inBlocks];
}

function commandsInSpan(span: string): readonly (readonly string[])[] {
  if (MAKE.test(span) || /^(?:node|npm) \S/.test(span)) return [span.split(' ')];
  return [...span.matchAll(IN_SENTENCES)].map(([command]) => command.trim().split(/\s+/));
}

/** Words of the sentence around a command, which none of the commands has. */
const NOT_OF_COMMANDS = new Set(
  'adds applies has instead is lists of puts says shows where with would'.split(' '),
);

/** Words of each command of kubectl and Helm in a text that is printed, up to where the sentence goes on. */
export function commandsInText(text: string): readonly (readonly string[])[] {
  return text
    .split('`')
    .flatMap(commandsInSpan)
    .map((words) => {
      const end = words.findIndex((word) => NOT_OF_COMMANDS.has(word));
      return end < 0 ? words : words.slice(0, end);
    })
    .filter(([program = '', verb]) => /^(?:kubectl|helm)$/.test(program) && verb !== undefined);
}

/** The inline code of a document (CommonMark, code spans), each on one line. */
function codeSpans(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^( *)```.*?^\1```$/gms, '');
  return [...prose.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs)].map(([, , span = '']) =>
    span.replaceAll(/\s+/g, ' ').trim(),
  );
}

/** The flags among words, without their values: those before `--`. */
export function flagsIn(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return words
    .slice(0, end < 0 ? undefined : end)
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0] ?? word);
}
