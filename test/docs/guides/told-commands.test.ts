// SPDX-License-Identifier: Apache-2.0
// What the documents and the programs tell to run of kubectl and Helm, in prose too: their verbs and flags, as
// their own help has them. The plugin's, and those of make: test/docs/told-commands.test.ts. What programs print
// of kubectl is run, too: test/cli/told-commands.test.ts.
import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sourceTexts } from '../source-texts.ts';
import { commandsInText, flagsIn, toldCommands } from '../told-commands.ts';
import { provide } from '../../support/control-plane/binaries.ts';

jest.setTimeout(60_000);

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

const run = promisify(execFile);

type Tool = 'helm' | 'kubectl';

let paths: Readonly<Record<Tool, string>>;
let options: Readonly<Record<Tool, string>>;
const helps = new Map<string, Promise<string>>();

beforeAll(async () => {
  paths = await provide(['helm', 'kubectl']);
  options = { helm: '', kubectl: (await run(paths.kubectl, ['options'])).stdout };
});

/** What the tool says of a verb; empty where it has none of that name. */
function helpOf(tool: Tool, verb: readonly string[]): Promise<string> {
  const key = [tool, ...verb].join(' ');
  const known = helps.get(key);
  if (known !== undefined) return known;
  const help = run(paths[tool], [...verb, '--help']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  helps.set(key, help);
  return help;
}

/** What a command names and the tool does not have. */
async function missing([tool = '', ...words]: readonly string[]): Promise<string | undefined> {
  if (!isTool(tool) || words[0] === 'gmsa') return undefined;
  const verb = verbIn(words);
  const help = await helpOf(tool, verb);
  if (help === '') return verb[0];
  return flagsIn(words).find(
    (flag) => flag !== '--help' && !isIn(`${help}\n${options[tool]}`, flag),
  );
}

/** Words behind flags for the whole tool; those after the first may be verbs below it: `create secret generic`. */
function verbIn(words: readonly string[]): readonly string[] {
  const [first = '', ...others] = words;
  if (first.startsWith('--')) return verbIn(first.includes('=') ? others : others.slice(1));
  const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  return words.slice(0, end < 0 ? 3 : Math.min(end, 3));
}

function isTool(word: string): word is Tool {
  return word === 'kubectl' || word === 'helm';
}

function isIn(help: string, flag: string): boolean {
  return new RegExp(`(?:^|\\s)${flag}(?:[\\s,=:]|$)`).test(help);
}

describe('what documents tell to run of kubectl and Helm', () => {
  it('is there', async () => {
    const wrong: string[] = [];
    const documents = glob(['*.md', 'docs/**/*.md', 'charts/*/README.md'], { cwd: PROJECT });
    for await (const file of documents) {
      for (const words of toldCommands(await readFile(join(PROJECT, file), 'utf8'))) {
        const what = await missing(words);
        if (what !== undefined) wrong.push(`${file}: ${words.join(' ')}: ${what} is not there`);
      }
    }
    for (const { file, text } of await sourceTexts()) {
      for (const words of commandsInText(text)) {
        const what = await missing(words);
        if (what !== undefined) wrong.push(`${file}: ${words.join(' ')}: ${what} is not there`);
      }
    }
    expect(wrong).toEqual([]);
    expect(helps.size).toBeGreaterThan(20);
  });

  it.each([
    ['kubectl frobnicate x', 'frobnicate'],
    ['kubectl get pods --frobnicate', '--frobnicate'],
    ['kubectl rollout restart deployment/x --frobnicate=1', '--frobnicate'],
    ['helm frobnicate', 'frobnicate'],
    ['helm list -z', '-z'],
  ])('would be missed: %s', async (command, what) => {
    expect(await missing(command.split(' '))).toBe(what);
  });

  it.each(['kubectl exec x -n y -- cmd --z', 'helm list --all-namespaces', 'kubectl gmsa x'])(
    'is known: %s',
    async (command) => {
      expect(await missing(command.split(' '))).toBe(undefined);
    },
  );
});
