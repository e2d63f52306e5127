// SPDX-License-Identifier: Apache-2.0
// kubectl and Helm know the commands and flags that documents give them: with `--help` at the end, they refuse
// unknown ones and do nothing else.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { commandsIn, fencedBlocks } from '../docs/shell-commands.ts';
import { TASK_DOCUMENTS } from '../docs/task-documents.ts';
import { provide } from '../support/control-plane/binaries.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

jest.setTimeout(60_000);

let programs: Readonly<Record<'helm' | 'kubectl', string>>;

beforeAll(async () => {
  programs = await provide(['kubectl', 'helm']);
});

describe.each(TASK_DOCUMENTS)('%s', (document) => {
  it('gives kubectl and Helm what they know', async () => {
    const blocks = fencedBlocks(await readFile(join(PROJECT, document), 'utf8'));
    const commands = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => commandsIn(text));
    const refused: string[] = [];
    for (const [program, ...words] of commands) {
      // The plugin's are asked about in test/docs/commands.test.ts.
      if ((program !== 'kubectl' && program !== 'helm') || words[0] === 'gmsa') continue;
      const end = words.indexOf('--');
      const args = [...(end < 0 ? words : words.slice(0, end)), '--help'];
      await promisify(execFile)(programs[program], args).then(
        ({ stdout }) => {
          // An unknown `kubectl create …` is answered by what there is to create.
          const isGroup = stdout.includes('\nAvailable Commands:\n');
          if (isGroup && !words[1]?.startsWith('-')) refused.push(words.join(' '));
        },
        (error: unknown) => refused.push(String(error)),
      );
    }
    expect(refused).toEqual([]);
  });
});
