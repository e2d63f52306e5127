// SPDX-License-Identifier: Apache-2.0
// Every command in the documents is run by a test, or marked as needing what is not here.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { type FencedBlock, fencedBlocks, isMarked, isToBeRun, RUN_BY_CI } from './fenced-blocks.ts';
import { commandsIn } from './shell-commands.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Those that go task by task: not the reference, nor what is for developers, nor records of decisions. */
const DOCUMENTS = ['README.md', 'docs/*.md', 'docs/reference/*.md', 'charts/*/README.md'];

/** What documents tell to run that is not here: programs of Windows, of a cloud, and builders of images. */
const NOT_HERE = ['az', 'docker', 'klist', 'nltest', 'nslookup'];

interface Block extends FencedBlock {
  readonly document: string;
}

async function blocks(): Promise<readonly Block[]> {
  const found: Block[] = [];
  for await (const document of glob(DOCUMENTS, { cwd: PROJECT })) {
    const text = await readFile(join(PROJECT, document), 'utf8');
    found.push(...fencedBlocks(text).map((block) => ({ document, ...block })));
  }
  return found;
}

/** Documents that a test opens as a guide and runs to the end. */
async function documentsThatAreRun(): Promise<readonly string[]> {
  const run: string[] = [];
  for await (const file of glob(['test/chart/*.test.ts', 'test/docs/guides/*.test.ts'], {
    cwd: PROJECT,
  })) {
    const code = await readFile(join(PROJECT, file), 'utf8');
    const opened = [...code.matchAll(/\b(?:open|start)Guide\(\s*'([^']+)'/g)];
    const toTheEnd = code.match(/\.left\(\)\)\.toEqual\(\[\]\)/g) ?? [];
    if (opened.length === toTheEnd.length) run.push(...opened.map(([, document = '']) => document));
  }
  return run;
}

const described = ({ document, section, text }: Block): string =>
  `${document}, "${section}":\n${text}`;

describe('every command in the documents', () => {
  it('is run by a test, or marked as needing what is not here', async () => {
    const run = await documentsThatAreRun();
    const left = (await blocks()).filter(
      (block) => isToBeRun(block) && !run.includes(block.document),
    );
    expect(left.map(described)).toEqual([]);
  });

  it.each(RUN_BY_CI)('is run by .ci/run, where tests leave it out: %s', async (command) => {
    const lines = (await readFile(join(PROJECT, '.ci/run'), 'utf8')).split('\n');
    const words = command.split(' ');
    expect(
      lines.filter((line) => words.every((word) => line.split(' ').includes(word))),
    ).not.toEqual([]);
  });

  it('is not marked without need', async () => {
    const wrong = (await blocks()).filter((block) => {
      const { language, text } = block;
      const needs =
        language === 'powershell' ||
        (language === 'sh' &&
          commandsIn(text)
            .flat()
            .some((word) => NOT_HERE.includes(word)));
      return needs !== isMarked(block);
    });
    expect(wrong.map(described)).toEqual([]);
  });

  it('stands in a block that says that it is one', async () => {
    const known = ['', 'console', 'powershell', 'sh', 'text', 'ts', 'yaml'];
    const wrong = (await blocks()).filter(
      ({ language, text }) =>
        !known.includes(language) || (!['console', 'sh'].includes(language) && isCommand(text)),
    );
    expect(wrong.map(described)).toEqual([]);
  });
});

function isCommand(text: string): boolean {
  return /^(?:\$ )?(?:helm|kubectl|make|node|npm) /m.test(text);
}
