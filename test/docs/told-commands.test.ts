// SPDX-License-Identifier: Apache-2.0
// What the documents tell to run, in prose too, is there: commands and flags of the plugin, targets of make,
// scripts. Those of kubectl and Helm are looked up where these are: test/docs/guides/told-commands.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/commands.ts';
import { sourceTexts, textsIn } from './source-texts.ts';
import { commandsInText, flagsIn, toldCommands } from './told-commands.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

describe('toldCommands', () => {
  it.each([
    [
      '`kubectl gmsa doctor shows why; run kubectl get pods`',
      ['kubectl gmsa doctor shows why', 'kubectl get pods'],
    ],
    ['look (`kubectl gmsa lint <credspec>`)', ['kubectl gmsa lint <credspec>']],
    [
      '`kubectl gmsa convert FILE --name x | kubectl apply -f -`',
      ['kubectl gmsa convert FILE --name x', 'kubectl apply -f -'],
    ],
    ['`kubectl\n  describe pod`', ['kubectl describe pod']],
    ['`make the pod again: kubectl delete pod <pod>, or wait`', ['kubectl delete pod <pod>']],
    ['`make test KUBERNETES_VERSION=1.34`', ['make test KUBERNETES_VERSION=1.34']],
    ['`kubectl-gmsa`, `kubectl` and kubectl get x', []],
    ['```sh\nmake a | helm b # c\n```\n', ['make a', 'helm b']],
    ['```text\nmake a\n```\n', []],
  ])('finds in %j what is told', (markdown, expected) => {
    expect(toldCommands(markdown).map((words) => words.join(' '))).toEqual(expected);
  });

  it('knows flags from values, and from what is run elsewhere', () => {
    expect(flagsIn(['kubectl', 'exec', '-n', 'a', '--tty=true', '--', 'x', '--y'])).toEqual([
      '-n',
      '--tty',
    ]);
  });
});

describe('commandsInText', () => {
  it.each([
    [
      'is it there? kubectl get pods --namespace <namespace> shows it; kubectl describe pod <pod>',
      ['kubectl get pods --namespace <namespace>', 'kubectl describe pod <pod>'],
    ],
    ['see `kubectl describe pod` in its namespace', ['kubectl describe pod']],
    ['where kubectl is: kubectl would not read it; make the pod again', []],
  ])('finds in %j what is told', (text, expected) => {
    expect(commandsInText(text).map((words) => words.join(' '))).toEqual(expected);
  });
});

describe('textsIn', () => {
  it.each([
    ["f('a')", ['a']],
    ['`a ${b} ${c.d} ${e()}`', ['a <b> <d> <value>']],
    ["'a ' + b.c", ['a <c>']],
    ["a ? `b ${c ? 'd' : ''}` : 'e' // 'f'", ['b <value>', 'd', '', 'e']],
    ['a + b', []],
  ])('finds in %s what may be printed', (code, expected) => {
    expect(textsIn(code)).toEqual(expected);
  });
});

/** Something that a command names and that is not there. */
function missing(words: readonly string[]): string | undefined {
  const [program = '', first = '', ...rest] = words;
  switch (program) {
    case 'kubectl':
      return first === 'gmsa' && rest.length > 0 ? missingOfPlugin(rest) : undefined;
    case 'make':
      return [first, ...rest].filter((word) => word !== '').find((word) => !isOfMake(word));
    case 'npm':
      return first === 'run' &&
        !(rest[0]?.startsWith('-') ?? true) &&
        !(String(rest[0]) in packageJson.scripts)
        ? `script ${String(rest[0])}`
        : undefined;
    case 'node':
      return missingOfScript(first, rest);
    default:
      return program.startsWith('.') && !existsSync(join(PROJECT, program)) ? program : undefined;
  }
}

function missingOfPlugin([name = '', ...rest]: readonly string[]): string | undefined {
  if (name.startsWith('-')) return ['--help', '--version'].includes(name) ? undefined : name;
  if (name.startsWith('<')) return undefined;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) return name === 'help' ? undefined : `command ${name}`;
  const known = Object.values(command.flags).flatMap(({ name: long, short }) => [
    `--${long}`,
    `-${short ?? ''}`,
  ]);
  return flagsIn(rest).find((flag) => ![...known, '--help', '-h'].includes(flag));
}

const MAKEFILE = readFileSync(join(PROJECT, 'Makefile'), 'utf8');

/** A target that `make help` lists, or a variable that the Makefile reads. */
function isOfMake(word: string): boolean {
  const [variable = '', value] = word.split('=');
  return value === undefined
    ? new RegExp(`^${word}:.*## `, 'm').test(MAKEFILE)
    : new RegExp(`^(?:export )?${variable} \\?=`, 'm').test(MAKEFILE);
}

/** A script of the checkout, with the words and flags that it knows; what is built is not there yet. */
function missingOfScript(script: string, args: readonly string[]): string | undefined {
  if (script.startsWith('dist/') || !/\.[jt]s$/.test(script)) return undefined;
  const path = join(PROJECT, script);
  if (!existsSync(path)) return script;
  const code = readFileSync(path, 'utf8');
  return args.find((word) => !code.includes(word.split('=')[0] ?? word));
}

describe('what documents tell to run', () => {
  it('is there', async () => {
    const wrong: string[] = [];
    let told = 0;
    for await (const file of glob(['*.md', 'docs/**/*.md', 'charts/*/README.md'], {
      cwd: PROJECT,
    })) {
      for (const words of toldCommands(await readFile(join(PROJECT, file), 'utf8'))) {
        told += 1;
        const what = missing(words);
        if (what !== undefined) wrong.push(`${file}: ${words.join(' ')}: ${what} is not there`);
      }
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(150);
  });

  it('is there, in what programs print too', async () => {
    const wrong: string[] = [];
    let told = 0;
    for (const { file, text } of await sourceTexts()) {
      for (const words of commandsInText(text)) {
        told += 1;
        const what = missing(words);
        if (what !== undefined) wrong.push(`${file}: ${words.join(' ')}: ${what} is not there`);
      }
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(100);
  });

  it.each([
    ['kubectl gmsa frobnicate', 'command frobnicate'],
    ['kubectl gmsa allow x y/z --forever', '--forever'],
    ['kubectl gmsa export x -z', '-z'],
    ['make frobnicate', 'frobnicate'],
    ['make test FROBNICATE=1', 'FROBNICATE=1'],
    ['npm run frobnicate', 'script frobnicate'],
    ['node scripts/frobnicate.ts', 'scripts/frobnicate.ts'],
    ['node test/support/control-plane/cli.ts up --frobnicate', '--frobnicate'],
    ['.ci/frobnicate', '.ci/frobnicate'],
  ])('would be missed: %s', (command, what) => {
    expect(missing(command.split(' '))).toBe(what);
  });
});
