// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../commands.ts';
import { complete, type LookUp, type TypedFlags } from './complete.ts';

let flagsSeen: TypedFlags = new Map();

/** Offers the name of what is looked for. */
const look: LookUp = (completion, prefix, flags) => {
  flagsSeen = flags;
  return Promise.resolve([{ value: `${prefix}<${completion}>` }]);
};

async function offered(...words: string[]): Promise<string[]> {
  const { candidates, files } = await complete(words, COMMANDS, look);
  return [...candidates.map(({ value }) => value), ...(files === 'offered' ? ['FILES'] : [])];
}

describe('complete', () => {
  it('offers commands first, with what they do', async () => {
    expect(await offered('')).toEqual(COMMANDS.map(({ name }) => name));
    expect(await offered('ge')).toEqual(['generate']);
    expect(await offered('help', 'ge')).toEqual(['generate']);
    const { candidates } = await complete(['ge'], COMMANDS, look);
    expect(candidates[0]?.description).toMatch(/credential spec/);
  });

  it.each([
    [['allow', ''], ['<credspecs>']],
    [['allow', 'web', 'sh'], ['sh<service-accounts>']],
    [['allow', 'web', 'a/b', 'c/'], ['c/<service-accounts>']],
    [['can-use', 'web', 'a/b', ''], []],
    [['convert', ''], ['FILES']],
    [['convert', 'x.json', ''], []],
    [
      ['lint', 'a.yaml', ''],
      ['<credspecs-and-files>', 'FILES'],
    ],
    [['unknown', ''], []],
  ])('after %j it offers %j', async (words, wanted) => {
    expect(await offered(...words)).toEqual(wanted);
  });

  it('offers flags that are not given yet', async () => {
    expect(await offered('convert', '--n')).toEqual(['--name']);
    expect(await offered('convert', '--name', 'x', '--')).toEqual(['--allow', '--output']);
    expect(await offered('convert', '--allow=a/b', '--al')).toEqual(['--allow']);
  });

  it.each([
    [
      ['lint', '-o', ''],
      ['table', 'json', 'yaml'],
    ],
    [['lint', '-o', 'j'], ['json']],
    [['lint', '--output', 'y'], ['yaml']],
    [['lint', '--output=y'], ['--output=yaml']],
    [['lint', '--context', ''], ['<contexts>']],
    [['lint', '--kubeconfig', ''], ['FILES']],
    [['convert', '--name', 'x', ''], ['FILES']],
    [['lint', '--na'], []],
    [['generate', '--account', ''], []],
    [['generate', '--none=x'], []],
  ])('after %j it offers values: %j', async (words, wanted) => {
    expect(await offered(...words)).toEqual(wanted);
  });

  it('looks in the cluster that is typed', async () => {
    await offered('allow', '--context', 'a', '--namespace=shop', '-f', 'x', '');
    expect(Object.fromEntries(flagsSeen)).toEqual({
      context: ['a'],
      namespace: ['shop'],
      file: ['x'],
    });
  });
});
