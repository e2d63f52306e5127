// SPDX-License-Identifier: Apache-2.0
// Checks of `DomainJoinConfig`: the domain's SID, GUID and names, and the account's name.
import type { Finding } from './content-findings.ts';
import { dnsNameProblem } from './dns-name.ts';
import { isGuid } from './guid.ts';
import { quoted } from './printable.ts';
import { complaintAbout, property, text } from './untyped.ts';

/** Longest NetBIOS name, in characters (the 16th is the suffix that tells services apart). */
const MAX_NETBIOS_NAME_LENGTH = 15;

/** What is wrong with the `DomainJoinConfig` of these contents. */
export function checkDomainJoin(contents: unknown): readonly Finding[] {
  const config = property(contents, 'DomainJoinConfig');
  return [
    ...checkSid(property(config, 'Sid')),
    ...checkGuid(property(config, 'Guid')),
    ...checkAccountName(property(config, 'MachineAccountName')),
    ...checkNetBiosName(property(config, 'NetBiosName')),
    ...checkDnsName(property(config, 'DnsName')),
    ...checkDnsTreeName(property(config, 'DnsTreeName')),
  ];
}

function checkSid(value: unknown): readonly Finding[] {
  const sid = text(value) ?? '';
  if (/^S-1-5-21(?:-\d+){3}$/i.test(sid)) return [];
  const [, domainSid] = /^(S-1-5-21(?:-\d+){3})-\d+$/i.exec(sid) ?? [];
  const complaint =
    domainSid === undefined
      ? `${complaintAbout(value, 'is not the SID of a domain')}: write the domain's, "S-1-5-21-" and three numbers. (Get-ADDomain).DomainSID shows it.`
      : `${quoted(sid)}: this is the account's SID; the domain's belongs here. Remove the last number (which leaves ${quoted(domainSid)}), and see that Guid is the domain's too: Get-ADDomain shows both, as DomainSID and ObjectGUID.`;
  return [
    {
      check: 'sid-is-not-the-domains',
      path: ['DomainJoinConfig', 'Sid'],
      message: `DomainJoinConfig.Sid ${complaint}`,
    },
  ];
}

function checkGuid(value: unknown): readonly Finding[] {
  if (isGuid(text(value) ?? '')) return [];
  return [
    {
      check: 'guid-is-not-a-guid',
      path: ['DomainJoinConfig', 'Guid'],
      message: `DomainJoinConfig.Guid ${complaintAbout(value, 'is not a GUID')}: write the domain's, like "244818ae-87ac-4fcd-92ec-e79e5252348a". (Get-ADDomain).ObjectGUID shows it.`,
    },
  ];
}

function checkAccountName(value: unknown): readonly Finding[] {
  const name = text(value);
  if (name?.endsWith('$') !== true) return [];
  return [
    {
      check: 'account-name-with-dollar',
      path: ['DomainJoinConfig', 'MachineAccountName'],
      message: `DomainJoinConfig.MachineAccountName ${quoted(name)} ends with "$": Windows adds that sign itself, and would look for an account with two. Remove it, here and in GroupManagedServiceAccounts.`,
    },
  ];
}

function checkNetBiosName(value: unknown): readonly Finding[] {
  const name = text(value);
  if (name === undefined) return [];
  const findings: Finding[] = [];
  if (name.length > MAX_NETBIOS_NAME_LENGTH) {
    findings.push({
      check: 'netbios-name-too-long',
      path: ['DomainJoinConfig', 'NetBiosName'],
      message: `DomainJoinConfig.NetBiosName ${quoted(name)} has ${name.length} characters: NetBIOS names have ${MAX_NETBIOS_NAME_LENGTH} at most. (Get-ADDomain).NetBIOSName shows the domain's.`,
    });
  }
  if (name.includes('.')) {
    findings.push({
      check: 'netbios-name-with-dots',
      path: ['DomainJoinConfig', 'NetBiosName'],
      message: `DomainJoinConfig.NetBiosName ${quoted(name)} has dots, as DNS names have: DNS names belong into DnsName. (Get-ADDomain).NetBIOSName shows the domain's NetBIOS name.`,
    });
  }
  return findings;
}

function checkDnsName(value: unknown): readonly Finding[] {
  const problem = dnsNameProblem(text(value) ?? '');
  if (problem === undefined) return [];
  return [
    {
      check: 'dns-name-looks-wrong',
      path: ['DomainJoinConfig', 'DnsName'],
      message: `DomainJoinConfig.DnsName ${complaintAbout(value, problem)}: Windows finds the domain controllers by this name. (Get-ADDomain).DNSRoot shows the domain's.`,
    },
  ];
}

function checkDnsTreeName(value: unknown): readonly Finding[] {
  const name = text(value);
  // Windows gets along without it, and it need have nothing in common with the domain's name.
  const problem = name === undefined ? undefined : dnsNameProblem(name);
  if (problem === undefined) return [];
  return [
    {
      check: 'dns-name-looks-wrong',
      path: ['DomainJoinConfig', 'DnsTreeName'],
      message: `DomainJoinConfig.DnsTreeName ${complaintAbout(value, problem)}: the DNS name of the forest's root domain belongs here. (Get-ADDomain).Forest shows it.`,
    },
  ];
}
