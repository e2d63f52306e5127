// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { commandsIn } from './shell-commands.ts';

it.each<readonly [string, string, readonly (readonly string[])[]]>([
  ['lines', 'a b\n\nc\n', [['a', 'b'], ['c']]],
  ['continued lines', 'a \\\n  --b c\n', [['a', '--b', 'c']]],
  ['pipes, also at the end of a line', 'a | b |\n  c\n', [['a'], ['b'], ['c']]],
  ['quotes', `a 'b | c' x='y z'"w > v"\n`, [['a', 'b | c', 'x=y zw > v']]],
  ['a substitution', 'h=$(a b |\n  c)\nd "$h"\n', [['a', 'b'], ['c'], ['h=VALUE'], ['d', '$h']]],
  ['redirections', 'a < b > c d\n', [['a', 'd']]],
  ['comments', '# a\nb   # c\n', [['b']]],
  ['what is done after success', 'a b && c\n', [['a', 'b'], ['c']]],
])('%s are understood', (_, script, commands) => {
  expect(commandsIn(script)).toEqual(commands);
});
