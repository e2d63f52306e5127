// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { commandsIn, fencedBlocks } from './shell-commands.ts';

it.each<readonly [string, string, readonly (readonly string[])[]]>([
  ['lines', 'a b\n\nc\n', [['a', 'b'], ['c']]],
  ['continued lines', 'a \\\n  --b c\n', [['a', '--b', 'c']]],
  ['pipes, also at the end of a line', 'a | b |\n  c\n', [['a'], ['b'], ['c']]],
  ['quotes', `a 'b | c' x='y z'"w > v"\n`, [['a', 'b | c', 'x=y zw > v']]],
  ['a substitution', 'h=$(a b |\n  c)\nd "$h"\n', [['a', 'b'], ['c'], ['h=VALUE'], ['d', '$h']]],
  ['redirections', 'a < b > c d\n', [['a', 'd']]],
  ['comments', '# a\nb   # c\n', [['b']]],
])('%s are understood', (_, script, commands) => {
  expect(commandsIn(script)).toEqual(commands);
});

it('blocks are found with their language and the paragraph above', () => {
  const markdown = 'One.\n\nTwo\nlines:\n\n```sh\na\n```\n\n```text\nb\n```\n';
  expect(fencedBlocks(markdown)).toEqual([
    { language: 'sh', text: 'a\n', above: 'Two lines:' },
    { language: 'text', text: 'b\n', above: '```sh\na\n```'.replaceAll('\n', ' ') },
  ]);
});
