// SPDX-License-Identifier: Apache-2.0
// The commands of a script, as far as documents go: pipes, `&&`, quotes, `$(…)`, continued lines.

/** The words of each command; what `$(…)` stands for is `VALUE`, and its commands come first. */
export function commandsIn(script: string): readonly (readonly string[])[] {
  const inner: (readonly string[])[] = [];
  const joined = script
    .replaceAll(/(?:^|\s)#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/\s&&\s/g, '\n')
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
