// SPDX-License-Identifier: Apache-2.0
// Checks of `DomainJoinConfig`: the domain's SID, GUID and names.
import type { ContentCheck, Finding } from './content-findings.ts';
import type { DomainJoinConfig } from './credspec.ts';
import { dnsNameProblem, isGuid } from './domain-values.ts';
import { quoted } from './printable.ts';
import { complaintAbout, property, text } from './untyped.ts';

/** Longest NetBIOS name, in characters (the 16th is the suffix that tells services apart). */
const MAX_NETBIOS_NAME_LENGTH = 15;

/** What is wrong with the value of a field, in words that follow the field's name, or `undefined`. */
type Judge = (value: unknown, config: unknown) => string | undefined;

const CHECKS: readonly (readonly [keyof DomainJoinConfig, ContentCheck, Judge])[] = [
  ['Sid', 'sid-is-not-the-domains', sid],
  ['Guid', 'guid-is-not-a-guid', guid],
  ['NetBiosName', 'netbios-name-too-long', netBiosNameLength],
  ['NetBiosName', 'netbios-name-with-dots', netBiosNameDots],
  ['DnsName', 'dns-name-looks-wrong', dnsName],
  ['DnsTreeName', 'dns-name-looks-wrong', dnsTreeName],
  ['DnsTreeName', 'dns-tree-name-below-domain', dnsTreeNameBelowDomain],
];

/** What is wrong with the `DomainJoinConfig` of these contents. */
export function checkDomainJoin(contents: unknown): readonly Finding[] {
  const config = property(contents, 'DomainJoinConfig');
  return CHECKS.flatMap(([field, check, judge]) => {
    const problem = judge(property(config, field), config);
    if (problem === undefined) return [];
    return [
      { check, path: ['DomainJoinConfig', field], message: `DomainJoinConfig.${field} ${problem}` },
    ];
  });
}

function sid(value: unknown): string | undefined {
  const written = text(value) ?? '';
  if (/^S-1-5-21(?:-\d+){3}$/i.test(written)) return undefined;
  const [, domainSid] = /^(S-1-5-21(?:-\d+){3})-\d+$/i.exec(written) ?? [];
  return domainSid === undefined
    ? `${complaintAbout(value, 'is not the SID of a domain')}: write the domain's, "S-1-5-21-" and three numbers. (Get-ADDomain).DomainSID shows it.`
    : `${quoted(written)}: this is the account's SID; the domain's belongs here. Remove the last number (which leaves ${quoted(domainSid)}), and see that Guid is the domain's too: Get-ADDomain shows both, as DomainSID and ObjectGUID.`;
}

function guid(value: unknown): string | undefined {
  return isGuid(text(value) ?? '')
    ? undefined
    : `${complaintAbout(value, 'is not a GUID')}: write the domain's, like "244818ae-87ac-4fcd-92ec-e79e5252348a". (Get-ADDomain).ObjectGUID shows it.`;
}

function netBiosNameLength(value: unknown): string | undefined {
  const name = text(value) ?? '';
  return name.length > MAX_NETBIOS_NAME_LENGTH
    ? `${quoted(name)} has ${name.length} characters: NetBIOS names have ${MAX_NETBIOS_NAME_LENGTH} at most. (Get-ADDomain).NetBIOSName shows the domain's.`
    : undefined;
}

function netBiosNameDots(value: unknown): string | undefined {
  const name = text(value) ?? '';
  return name.includes('.')
    ? `${quoted(name)} has dots, as DNS names have: DNS names belong into DnsName. (Get-ADDomain).NetBIOSName shows the domain's NetBIOS name.`
    : undefined;
}

function dnsName(value: unknown): string | undefined {
  const problem = dnsNameProblem(text(value) ?? '');
  return (
    problem &&
    `${complaintAbout(value, problem)}: Windows finds the domain controllers by this name. (Get-ADDomain).DNSRoot shows the domain's.`
  );
}

function dnsTreeName(value: unknown): string | undefined {
  const name = text(value);
  // Windows gets along without it, and it need have nothing in common with the domain's name.
  const problem = name === undefined ? undefined : dnsNameProblem(name);
  return (
    problem &&
    `${complaintAbout(value, problem)}: the DNS name of the forest's root domain belongs here. (Get-ADDomain).Forest shows it.`
  );
}

function dnsTreeNameBelowDomain(value: unknown, config: unknown): string | undefined {
  const [treeName, domain] = [text(value), text(property(config, 'DnsName'))];
  if (treeName === undefined || domain === undefined) return undefined;
  return treeName.toLowerCase().endsWith(`.${domain.toLowerCase()}`)
    ? `${quoted(treeName)} is below DnsName ${quoted(domain)}. It is the name of the forest's root domain, and no domain of the forest is above that: the two may be swapped. Get-ADDomain shows DnsName as DNSRoot, and DnsTreeName as Forest.`
    : undefined;
}
