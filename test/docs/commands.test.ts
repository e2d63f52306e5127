// SPDX-License-Identifier: Apache-2.0
// The commands in the documents that go task by task: they are understood, or marked as needing what cannot be
// had here. test/chart/documented-commands.test.ts asks kubectl and Helm about theirs.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { valuesOf } from '../../scripts/reference/chart-values.ts';
import { runProgram } from '../../src/cli/program.ts';
import { fakeIo } from '../../src/cli/testing/fake-io.ts';
import type { Verb } from '../../src/cli/verb.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { commandsIn, fencedBlocks } from './shell-commands.ts';
import { TASK_DOCUMENTS } from './task-documents.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Programs that work without Windows, a domain or a cloud. */
const PORTABLE = ['base64', 'cut', 'hash=VALUE', 'helm', 'kubectl', 'openssl', 'sha256sum'];

/** Programs of Windows, wherever they stand in a command. */
const OF_WINDOWS = ['klist', 'nltest', 'nslookup'];

/** Says what of the command line would be refused, and runs nothing. */
const VERBS_THAT_ONLY_READ: readonly Verb[] = VERBS.map((verb) => ({
  ...verb,
  run: (given) => {
    for (const flag of Object.values(verb.flags)) flag.read(given.get(flag.name) ?? []);
    return Promise.resolve('ok');
  },
}));

describe.each(TASK_DOCUMENTS)('%s', (document) => {
  const read = async () => fencedBlocks(await readFile(join(PROJECT, document), 'utf8'));

  const commands = async () =>
    (await read())
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => commandsIn(text));

  it('marks what needs Windows, Active Directory or a cloud, and nothing else', async () => {
    const wrong = (await read())
      .filter(({ language, text, above }) => {
        const isMarked = /\b[Nn]eeds (Windows|Active Directory|Azure)\b/.test(above);
        return isMarked !== needsMore(language, text);
      })
      .map(({ text }) => text);
    expect(wrong).toEqual([]);
  });

  it('gives the plugin verbs, flags and values that it takes', async () => {
    const own = (await commands()).filter(
      ([first, second]) => first === 'kubectl' && second === 'gmsa',
    );
    expect(own.length).toBeGreaterThan(0);
    for (const [, , ...argv] of own) {
      const io = fakeIo();
      const withCluster = () => Promise.reject(new Error('nothing is run'));
      const code = await runProgram(argv, {
        version: '0.0.0',
        verbs: VERBS_THAT_ONLY_READ,
        io,
        withCluster,
      });
      expect({ argv, code, err: io.err() }).toEqual({ argv, code: 0, err: '' });
    }
  });

  it('gives Helm the chart that there is, and values that it has', async () => {
    const known = valuesOf(
      await readFile(join(PROJECT, 'charts/gmsa-operator/values.yaml'), 'utf8'),
    );
    for (const words of (await commands()).filter(([program]) => program === 'helm')) {
      expect(
        words
          .filter((word) => word.startsWith('charts/'))
          .map((path) => existsSync(join(PROJECT, path))),
      ).toEqual([true]);
      const paths = words.flatMap((word, index) =>
        words[index - 1] === '--set' ? [word.split('=', 1)[0] ?? ''] : [],
      );
      // Below a value that is a map to be filled, such as an issuer, are its own names.
      const unknown = paths.filter(
        (path) =>
          !known.some(
            (value) =>
              path === value.path || (value.default === '{}' && path.startsWith(`${value.path}.`)),
          ),
      );
      expect(unknown).toEqual([]);
    }
  });
});

function needsMore(language: string, text: string): boolean {
  if (language === 'powershell') return true;
  if (language !== 'sh') return false;
  return commandsIn(text).some(
    ([program = '', ...others]) =>
      !PORTABLE.includes(program) || others.some((word) => OF_WINDOWS.includes(word)),
  );
}
