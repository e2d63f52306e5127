// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, fencedBlocks, isMarked, isToBeRun, shownCommands } from './fenced-blocks.ts';

describe('fenced blocks', () => {
  it('are found with their language, the paragraph above and the heading', () => {
    const markdown = '# A\n\nTwo\nlines:\n\n```sh\n# a\n```\n\n## B\n\n```text\nb\n```\n';
    expect(fencedBlocks(markdown)).toEqual([
      { language: 'sh', text: '# a\n', above: 'Two lines:', section: 'A' },
      { language: 'text', text: 'b\n', above: '## B', section: 'B' },
    ]);
  });

  it('are found in lists, without the indentation', () => {
    const [block] = fencedBlocks('1. One\n   line:\n\n   ```sh\n   a \\\n     b\n   ```\n');
    expect(block).toMatchObject({ language: 'sh', text: 'a \\\n  b\n' });
  });

  it.each([
    ['Look. It needs Windows:', 'sh', { marked: true, toBeRun: false }],
    ['This needs Active Directory, and rights:', 'powershell', { marked: true, toBeRun: false }],
    ['Nothing is needed:', 'sh', { marked: false, toBeRun: true }],
    ['Nothing is needed:', 'console', { marked: false, toBeRun: true }],
    ['Nothing is needed:', 'yaml', { marked: false, toBeRun: false }],
  ])('are run where they are commands without a mark: %s %s', (above, language, expected) => {
    const [block] = fencedBlocks(`${above}\n\n\`\`\`${language}\na\n\`\`\`\n`);
    if (block === undefined) throw new Error('there is a block');
    expect({ marked: isMarked(block), toBeRun: isToBeRun(block) }).toEqual(expected);
  });

  it('end with the exit code that the document names', () => {
    const block = { language: 'sh', text: '', section: '' };
    expect(exitCodeOf({ ...block, above: 'That is a no, with exit code 1:' })).toBe(1);
    expect(exitCodeOf({ ...block, above: 'Then:' })).toBe(0);
  });

  it('of the language console show commands, and what they print', () => {
    const text = '$ a \\\n    b\nc\n\nd\n$ e\n';
    expect(shownCommands({ language: 'console', text, above: '', section: '' })).toEqual([
      { command: 'a \\\n    b', output: 'c\n\nd\n' },
      { command: 'e', output: '' },
    ]);
  });
});
