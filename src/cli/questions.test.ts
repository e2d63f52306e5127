// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { createQuestions } from './questions.ts';

function terminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  return { input, output, ask: createQuestions({ input, output }) };
}

describe('createQuestions', () => {
  it('asks, and takes the line that is typed', async () => {
    const { input, output, ask } = terminal();
    const account = ask('Account? ');
    input.write('  WebApp1 \n');
    expect(await account).toBe('WebApp1');
    const domain = ask('Domain? ');
    input.write('contoso.com\n');
    expect(await domain).toBe('contoso.com');
    output.end();
    expect(await text(output)).toBe('Account? Domain? ');
  });

  it('keeps answers that were pasted together for their questions', async () => {
    const { input, output, ask } = terminal();
    const first = ask('Account? ');
    input.write('WebApp1\ncontoso.com\nCONTOSO\n');
    const answers = [await first, await ask('Domain? '), await ask('NetBIOS name? ')];
    expect(answers).toEqual(['WebApp1', 'contoso.com', 'CONTOSO']);
    output.end();
    expect(await text(output)).toBe('Account? Domain? contoso.com\nNetBIOS name? CONTOSO\n');
  });

  it('says where there is no answer, to this question and to the next', async () => {
    const { input, ask } = terminal();
    const first = ask('Account? ');
    input.write('WebApp1\n');
    expect(await first).toBe('WebApp1');
    const second = ask('Domain? ');
    input.end();
    await expect(second).rejects.toThrow('no answer was given');
    await expect(ask('NetBIOS name? ')).rejects.toThrow('no answer was given');
  });

  it('takes the answers that came before the input ended', async () => {
    const { input, ask } = terminal();
    const first = ask('Account? ');
    input.end('WebApp1\ncontoso.com\n');
    expect(await first).toBe('WebApp1');
    expect(await ask('Domain? ')).toBe('contoso.com');
    await expect(ask('NetBIOS name? ')).rejects.toThrow('no answer was given');
  });
});
