// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { similarName } from './similar-name.ts';

const DOMAIN = ['DnsName', 'DnsTreeName', 'Guid', 'MachineAccountName', 'NetBiosName', 'Sid'];

describe('similarName', () => {
  it.each([
    ['NetBIOSName', 'NetBiosName'],
    ['net-bios_name', 'NetBiosName'],
    ['SID', 'Sid'],
    ['GUID', 'Guid'],
    ['Giud', undefined],
    ['Guide', 'Guid'],
    ['DNSTreName', 'DnsTreeName'],
    ['MachinAcountName', 'MachineAccountName'],
    ['MachineAccount', 'MachineAccountName'],
    ['Name', 'DnsName'],
    ['Id', undefined],
    ['HostAccountConfig', undefined],
    ['x'.repeat(1 << 22), undefined],
    ['', undefined],
  ])('for %j is %j', (written, name) => {
    expect(similarName(written, DOMAIN)).toBe(name);
  });
});
