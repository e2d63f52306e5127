// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeContents } from './credspec-schema.ts';

describe('decodeContents', () => {
  it('hands contents back as they are, with fields that nobody knows', () => {
    const contents = {
      CmsPlugins: ['ActiveDirectory'],
      Extra: { a: 1 },
      DomainJoinConfig: { X: 2 },
    };
    const decoded = decodeContents(contents);
    expect('contents' in decoded && decoded.contents).toBe(contents);
  });

  it('requires no field', () => {
    expect(decodeContents({})).toEqual({ contents: {} });
  });

  it.each([
    [undefined, 'credspec', 'nothing', 'an object'],
    [null, 'credspec', 'nothing', 'an object'],
    ['{}', 'credspec', 'a string', 'an object'],
    [[], 'credspec', 'a list', 'an object'],
    [{ CmsPlugins: 'ActiveDirectory' }, 'credspec.CmsPlugins', 'a string', 'a list'],
    [{ CmsPlugins: [true] }, 'credspec.CmsPlugins[0]', 'a boolean', 'a string'],
    [{ DomainJoinConfig: { Sid: 5 } }, 'credspec.DomainJoinConfig.Sid', 'a number', 'a string'],
    [
      { ActiveDirectoryConfig: { GroupManagedServiceAccounts: [{}, { Name: null }] } },
      'credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts[1].Name',
      'nothing',
      'a string',
    ],
  ])('says where and what: %j', (value, path, found, wanted) => {
    expect(decodeContents(value)).toEqual({ problems: [{ path, found, wanted }] });
  });

  it('tells no values, for they may be secret', () => {
    const decoded = decodeContents({
      ActiveDirectoryConfig: { HostAccountConfig: { PluginInput: { password: 'Passw0rd' } } },
    });
    expect(JSON.stringify(decoded)).not.toContain('assw');
  });

  it('tells ten problems at most', () => {
    const decoded = decodeContents({ CmsPlugins: Array.from({ length: 10_000 }, () => 1) });
    expect('problems' in decoded && decoded.problems).toHaveLength(10);
  });
});
