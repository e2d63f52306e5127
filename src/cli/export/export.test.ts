// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { runtimeJson } from './export.ts';

/** As the API server hands it out: every object sorted. */
const SORTED = {
  ActiveDirectoryConfig: {
    GroupManagedServiceAccounts: [{ Name: 'WebApp1', Scope: 'CONTOSO', Unknown: [{ b: 1 }] }],
    HostAccountConfig: { PluginGUID: '{x}', PluginInput: 'a"b', PortableCcgVersion: '1' },
  },
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: {
    DnsName: 'contoso.com',
    DnsTreeName: 'contoso.com',
    Guid: 'g',
    MachineAccountName: 'WebApp1',
    NetBiosName: 'CONTOSO',
    Sid: 's',
  },
  Extra: 1,
};

/** The fields of all objects, in their order. */
function fields(json: string): string[] {
  return [...json.matchAll(/"(\w+)":/g)].map(([, field = '']) => field);
}

describe('runtimeJson', () => {
  it('keeps all, and what nobody knows', () => {
    expect(JSON.parse(runtimeJson(SORTED))).toEqual(SORTED);
  });

  it('escapes what could command a terminal, and loses nothing', () => {
    const hostile = { CmsPlugins: ['a\u009b2J\u202e\u2066b\u{e0041}\u001b'] };
    const json = runtimeJson(hostile);
    expect(json).not.toMatch(/[^\P{C}\n]/u);
    expect(JSON.parse(json)).toEqual(hostile);
  });

  it('has the order of the file that Microsoft documents', () => {
    const documented = readFileSync(
      'test/support/fixtures/credspecs/faulted/microsoft-iccgdomainauthcredentials.json',
      'utf8',
    );
    const written = fields(runtimeJson(JSON.parse(documented)));
    expect(written).toEqual(fields(documented));
  });
});
