// SPDX-License-Identifier: Apache-2.0
// The commands in the documents, as far as their shell goes: pipes, quotes, `$(…)`, continued lines.

/** A fenced block of a document. */
export interface FencedBlock {
  /** What stands behind the back-ticks: `sh`. */
  readonly language: string;
  readonly text: string;
  /** The paragraph above it, as one line. */
  readonly above: string;
}

/** The fenced blocks of a Markdown document, in their order. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => {
    const [, language = '', text = ''] = match;
    const above = markdown.slice(0, match.index).trimEnd().split('\n\n').at(-1) ?? '';
    return { language, text, above: above.replaceAll('\n', ' ') };
  });
}

/** The words of each command of a script; what `$(…)` stands for is `VALUE`, and its commands come first. */
export function commandsIn(script: string): readonly (readonly string[])[] {
  const inner: (readonly string[])[] = [];
  const joined = script
    .replaceAll(/(?:^|\s)#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/\|\n/g, '| ');
  const outer = joined.replaceAll(/\$\(([^()]*)\)/g, (_, text: string) => {
    inner.push(...simpleCommands(text));
    return 'VALUE';
  });
  return [...inner, ...simpleCommands(outer)];
}

/** A quoted part, an operator, a line break, or a run of other characters. */
const PART = /'([^']*)'|"([^"]*)"|([|<>\n])|([^\s'"|<>]+)|[^\S\n]+/g;

function simpleCommands(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (const [, single, double, operator, plain] of text.matchAll(PART)) {
    const part = single ?? double ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else endWord();
    if (operator === '|' || operator === '\n') commands.push([]);
    else if (operator !== undefined) commands.at(-1)?.push(operator);
  }
  endWord();
  return commands.map(withoutRedirections).filter((words) => words.length > 0);
}

function withoutRedirections(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) => !['<', '>'].includes(word) && !['<', '>'].includes(words[index - 1] ?? ''),
  );
}
