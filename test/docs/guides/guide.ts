// SPDX-License-Identifier: Apache-2.0
// A document whose commands are run as they stand there, section by section, by the programs that it speaks
// of: Bash, kubectl with the plugin of dist/, Helm, make.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  exitCodeOf,
  type FencedBlock,
  fencedBlocks,
  isToBeRun,
  shownCommands,
} from '../fenced-blocks.ts';
import { provide } from '../../support/control-plane/binaries.ts';
import { waitFor } from '../../support/wait-for.ts';
import { onlyAsks } from './only-asks.ts';
import { createShell, type ScriptResult } from './shell.ts';
import { steady } from './steady.ts';

/** See {@link openGuide}. */
export interface Guide {
  /** Sections that have commands and were not run yet, in their order. */
  left(): readonly string[];
  /**
   * Runs the commands of the next section, whose title must be this one, and returns what they print.
   * @param interruptAt once a command prints this, somebody presses Ctrl-C.
   * @throws Error with what a command prints that fails, or prints something else than the document says.
   */
  run(section: string, options?: { readonly interruptAt?: RegExp }): Promise<string>;
  /** A file in the directory in which commands are run. */
  read(file: string): Promise<string>;
  readBytes(file: string): Promise<Buffer>;
  /** Writes one that the document takes for granted. */
  write(file: string, text: string): Promise<void>;
  close(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const DIST = join(PROJECT, 'dist');

/** What is not copied for the commands of a document to work on. */
const NOT_COPIED = ['.git', 'coverage', 'dist', 'node_modules'];

/** Whoever reads is slower than the operator; a question is asked again until this time is over. */
const PATIENCE = { timeoutMs: 30_000, everyMs: 250 };

/**
 * Opens a document of the project. Its commands are run in a copy of the project, blocks in `sh` and those in
 * `console`, which also say what is printed. What the document says needs Windows, or something else that is
 * not here, is left out.
 * @param plugin whether kubectl finds the plugin before the document tells where it is.
 */
export async function openGuide(
  path: string,
  {
    kubeconfig,
    plugin = 'installed',
    env = {},
  }: {
    readonly kubeconfig: string;
    readonly plugin?: 'installed' | 'to-be-installed';
    readonly env?: NodeJS.ProcessEnv;
  },
): Promise<Guide> {
  const blocks = fencedBlocks(await readFile(join(PROJECT, path), 'utf8')).filter(isToBeRun);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-guide-'));
  await copyProject(directory);
  const programs = Object.values(await provide(['helm', 'kubectl'])).map(dirname);
  const shell = createShell(directory, {
    ...process.env,
    // Of the make that runs the tests.
    ...{ MAKEFLAGS: undefined, MAKELEVEL: undefined, MFLAGS: undefined },
    PATH: [
      ...(plugin === 'installed' ? [DIST] : []),
      ...programs,
      dirname(process.execPath),
      process.env['PATH'],
    ].join(delimiter),
    HOME: directory,
    KUBECONFIG: kubeconfig,
    NODE_OPTIONS: '',
    ...env,
  });

  const runBlock = async (block: FencedBlock, interruptAt?: RegExp): Promise<string> => {
    const steps =
      block.language === 'console'
        ? shownCommands(block)
        : [{ command: block.text, output: undefined }];
    let printed = '';
    for (const { command, output } of steps) {
      const attempt = async (): Promise<ScriptResult> => {
        const result = await shell.run(command, { interruptAt });
        const problem = problemOf(result, { code: exitCodeOf(block), output });
        if (problem === undefined) return result;
        throw new Error(`${path}, "${block.section}": ${problem}\n\n${command}\n${result.output}`);
      };
      const result = onlyAsks(command) ? await patiently(attempt) : await attempt();
      printed += result.output;
    }
    return printed;
  };

  return {
    left: () => [...new Set(blocks.map(({ section }) => section))],
    async run(title, { interruptAt } = {}) {
      const [next] = blocks;
      if (next?.section !== title) {
        throw new Error(`${path}: the next section is "${String(next?.section)}", not "${title}"`);
      }
      let printed = '';
      for (let block = blocks.at(0); block?.section === title; block = blocks.at(0)) {
        printed += await runBlock(block, interruptAt);
        blocks.shift();
      }
      return printed;
    },
    read: (file) => readFile(join(directory, file), 'utf8'),
    readBytes: (file) => readFile(join(directory, file)),
    async write(file, text) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), text);
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What is built there is of the copy. The packages are those of the project, which make then calls installed. */
async function copyProject(directory: string): Promise<void> {
  const filter = (source: string): boolean => !NOT_COPIED.includes(relative(PROJECT, source));
  await cp(PROJECT, directory, { recursive: true, filter });
  await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  await utimes(join(directory, 'package-lock.json'), 0, 0);
}

function problemOf(
  result: ScriptResult,
  expected: { readonly code: number; readonly output: string | undefined },
): string | undefined {
  if (result.code !== expected.code) {
    return `exit code ${String(result.code)} in place of ${String(expected.code)}`;
  }
  const { output } = expected;
  if (output === undefined || steady(result.output) === steady(output)) return undefined;
  return `this is printed in place of what is shown, which is\n${output}`;
}

async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await waitFor('the answer that the document tells', attempt, PATIENCE);
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  }
}
