// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { accountNameProblem, bareAccountName } from './account-name.ts';

describe('accountNameProblem', () => {
  it.each([
    'WebApp01',
    'web-app_1.prod',
    'Web App',
    'web$app',
    '$331000-VMFQG1VQ6VM3'.slice(0, 15),
    'Bücher',
    'x'.repeat(15),
    '',
  ])('says nothing about %j', (name) => {
    expect(accountNameProblem(name)).toBeUndefined();
  });

  it.each([
    ['CORP\\WebApp01', 'with-domain', 'Only "WebApp01" is the account'],
    ['corp.example\\WebApp01$', 'with-domain', 'Only "WebApp01" is the account'],
    ['CORP/WebApp01', 'with-domain', 'Only "WebApp01" is the account'],
    ['WebApp01@corp.example', 'with-domain', 'Only "WebApp01" is the account'],
    ['WebApp01$@corp.example', 'with-domain', 'Only "WebApp01" is the account'],
    ['CORP\\', 'impossible', 'contains "\\"'],
    ['@corp.example', 'impossible', 'contains "@"'],
    ['WebApp01$', 'with-dollar', 'Remove it'],
    ['$', 'with-dollar', 'Remove it'],
    ['CN=WebApp01,DC=corp', 'impossible', 'contains "="'],
    ['web*', 'impossible', 'contains "*"'],
    ['Web\u200bApp', 'impossible', 'contains "\\u{200b}"'],
    ['Web\tApp', 'impossible', 'contains "\\u{9}"'],
    [' WebApp01', 'impossible', 'begins or ends with a space'],
    ['WebApp01 ', 'impossible', 'begins or ends with a space'],
    ['gsvc-Automation-DNS', 'too-long', 'has 19 characters'],
  ])('faults %j', (name, kind, words) => {
    const problem = accountNameProblem(name);
    expect(problem?.kind).toBe(kind);
    expect(problem?.message).toContain(words);
  });
});

describe('bareAccountName', () => {
  it.each([
    ['CORP\\WebApp1$', 'WebApp1'],
    ['a/b\\WebApp1', 'WebApp1'],
    ['WebApp1@corp.example', 'WebApp1'],
    ['WebApp1', 'WebApp1'],
    ['CORP\\', ''],
  ])('of %j is %j', (name, account) => {
    expect(bareAccountName(name)).toBe(account);
  });
});
