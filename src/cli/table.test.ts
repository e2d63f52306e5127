// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { formatTable } from './table.ts';

describe('formatTable', () => {
  it('puts columns below each other, and nothing behind the last', () => {
    expect(
      formatTable(
        ['NAME', 'READY', 'WHY'],
        [
          ['a', 'True', ''],
          ['a-long-name', 'False', 'reasons'],
        ],
      ),
    ).toBe(
      [
        'NAME          READY   WHY',
        'a             True    ',
        'a-long-name   False   reasons',
        '',
      ].join('\n'),
    );
  });

  it('does not count what colours a cell as its width', () => {
    const style = (text: string) => `<b>${text}</b>`;
    expect(formatTable(['A', 'B'], [[{ text: 'xyz', style }, 'c']])).toBe(
      'A     B\n<b>xyz</b>   c\n',
    );
  });

  it('escapes what would move the cursor or hide text', () => {
    expect(formatTable(['A'], [['\u001b[31mred\nline\u202e']])).toBe(
      'A\n\\u{1b}[31mred\\u{a}line\\u{202e}\n',
    );
  });
});
