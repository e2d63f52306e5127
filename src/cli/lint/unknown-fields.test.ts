// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { lintFile } from './lint-file.ts';
import { unknownFields } from './unknown-fields.ts';

const CONTENTS = {
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: {
    Sid: 'S-1-5-21-1004336348-1177238915-682003330',
    MachineAccountName: 'WebApp01',
    Guid: '0d0b0cd8-f1fd-4b6b-8f9f-d9cbee1ca3f4',
    DnsTreeName: 'corp.example',
    DnsName: 'corp.example',
  },
  ActiveDirectoryConfig: {
    GroupManagedServiceAccounts: [
      { Name: 'WebApp01', Scope: 'corp.example' },
      { Name: 'WebApp01', Scope: 'CORP' },
    ],
  },
};
const HOST = { PluginGUID: '{e4781092-f116-4b79-b55e-28eb6a224e26}', PluginInput: 'wins:user' };

function resource(changes: object, credspec: object = CONTENTS): object {
  const metadata = { name: 'web' };
  return {
    ...{ apiVersion: 'windows.k8s.io/v1', kind: 'GMSACredentialSpec' },
    ...{ metadata, credspec, ...changes },
  };
}
const withContents = (changes: object): object => resource({}, { ...CONTENTS, ...changes });
const withDomain = (changes: object): object =>
  withContents({ DomainJoinConfig: { ...CONTENTS.DomainJoinConfig, ...changes } });
const withDirectory = (changes: object): object =>
  withContents({ ActiveDirectoryConfig: { ...CONTENTS.ActiveDirectoryConfig, ...changes } });

describe('unknownFields', () => {
  it.each<[string, object, string, ...string[]]>([
    [
      'another case',
      withDomain({ NetBIOSName: 'CORP' }),
      'credspec.DomainJoinConfig has no field "NetBIOSName"',
      'Write "NetBiosName".',
    ],
    ['another case of one that is there', withDomain({ SID: 'x' }), '"Sid" is there already'],
    ['a letter too few', withDomain({ NetBiosNam: 'CORP' }), 'Write "NetBiosName".'],
    ['a letter too many', withContents({ CmsPlugin: [] }), '"CmsPlugins" is there already'],
    [
      'a place too high',
      withContents({ HostAccountConfig: HOST }),
      'credspec has no field "HostAccountConfig"',
      'Move it to credspec.ActiveDirectoryConfig.',
    ],
    [
      'a place too high, inside',
      withDirectory({ PluginGUID: HOST.PluginGUID }),
      'Move it to credspec.ActiveDirectoryConfig.HostAccountConfig.',
    ],
    [
      'a place in another object',
      withDomain({ GroupManagedServiceAccounts: [] }),
      'Move it to credspec.ActiveDirectoryConfig.',
    ],
    ['a place too deep', withDomain({ metadata: {} }), 'Move it to the top level.'],
    [
      'contents at the top',
      resource({ CmsPlugins: [] }),
      'A GMSACredentialSpec has no field "CmsPlugins"',
      'Move it to credspec.',
    ],
    ['a name at the top', resource({ name: 'web' }), 'Move it to metadata.'],
    [
      'metadata',
      resource({ metadata: { name: 'web', annotation: {} } }),
      'metadata has no field "annotation"',
      'Write "annotations".',
    ],
    [
      'an item of a list',
      withDirectory({ GroupManagedServiceAccounts: [{ name: 'WebApp01', Scope: 'CORP' }] }),
      'credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts[0] has no field "name"',
      'Write "Name".',
    ],
    [
      'nothing that there is',
      withDirectory({ HostAccountConfig: { ...HOST, Timeout: 5 } }),
      'Remove it. The fields here are PluginGUID, PluginInput, PortableCcgVersion.',
    ],
    ['a name of objects', resource({ constructor: 1 }), 'has no field "constructor"'],
  ])('names what was meant by %s', (_, object, ...wording) => {
    const findings = unknownFields(object, 'resource');
    expect(findings).toHaveLength(1);
    for (const words of wording) expect(findings[0]?.message).toContain(words);
  });

  it('reports every one of them', () => {
    const findings = unknownFields(
      resource({ data: 1, spec: 2 }, { ...CONTENTS, A: 1, B: { C: 2 } }),
      'resource',
    );
    expect(findings.map(({ path }) => path.join('.'))).toEqual([
      ...['credspec.A', 'credspec.B'],
      ...['data', 'spec'],
    ]);
  });

  it('names the fields of contents alone by their places there', () => {
    const [finding] = unknownFields({ ...CONTENTS, HostAccountConfig: HOST }, 'contents');
    expect(finding?.message).toMatch(/^A credential spec has no field .* Move it to ActiveDir/);
  });

  it.each([
    ['all fields that there are', withDirectory({ HostAccountConfig: HOST })],
    ['metadata of the cluster', resource({ metadata: { name: 'x', managedFields: [{ a: 1 }] } })],
    ['a status', resource({ status: { x: 1 } })],
    ['labels', resource({ metadata: { name: 'x', labels: { any: 'x' } } })],
    ['values of another type', resource({ metadata: [], credspec: 'x' })],
  ])('says nothing about %s', (_, object) => {
    expect(unknownFields(object, 'resource')).toEqual([]);
  });

  it('shows no value, as it may be secret', () => {
    const object = withContents({ HostAccountConfig: { ...HOST, PluginInput: 'hunter2' } });
    expect(JSON.stringify(unknownFields(object, 'resource'))).not.toContain('hunter2');
  });
});

describe('lint of unknown fields', () => {
  it('tells the line of each', () => {
    const json = JSON.stringify(
      withContents({
        DomainJoinConfig: { ...CONTENTS.DomainJoinConfig, NetBIOSName: 'CORP', SID: 'x' },
        HostAccountConfig: HOST,
      }),
      null,
      2,
    );
    const lineOf = (field: string): number =>
      json.split('\n').findIndex((line) => line.includes(`"${field}":`)) + 1;
    const { findings } = lintFile('x.json', Buffer.from(json));
    expect(findings.map(({ check, line }) => [check, line])).toEqual(
      ['NetBIOSName', 'SID', 'HostAccountConfig'].map((field) => ['unknown-field', lineOf(field)]),
    );
  });
});
