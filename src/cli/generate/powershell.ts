// SPDX-License-Identifier: Apache-2.0
// The PowerShell that gets the values of a credential spec from Active Directory. Pure.
import { fillIn } from '../fill-in.ts';
import type { AdditionalAccount } from './generate-contents.ts';

/** What is known already. */
export interface PowershellInput {
  readonly account: string | undefined;
  /** DNS name. */
  readonly domain: string | undefined;
  readonly additionalAccounts: readonly AdditionalAccount[];
}

/**
 * Lines for a PowerShell on a machine of the domain. As the module CredentialSpec 1.0 takes it:
 * `-Domain` is the DNS name and no longer the object that Get-ADDomain gives; without `-Path` the module
 * wants Docker's folder; and a path needs a folder, if only `.`.
 */
export function powershellFor({ account, domain, additionalAccounts }: PowershellInput): string {
  const name = account ?? '<account>';
  const file = fileFor(name);
  const domainName = domain === undefined ? '(Get-ADDomain).DNSRoot' : literal(domain);
  const server = domain === undefined ? '' : ` -Server ${literal(domain)}`;
  const additional = additionalAccounts.map((other) =>
    other.domain === undefined
      ? literal(other.name)
      : `@{ AccountName = ${literal(other.name)}; Domain = ${literal(other.domain)} }`,
  );
  return [
    '# In a PowerShell on a machine of the domain.',
    '# The values alone, for the flags --domain, --netbios, --sid, --guid and --forest:',
    `Get-ADDomain${server} | Format-List DNSRoot, NetBIOSName, DomainSID, ObjectGUID, Forest`,
    '# Or the whole credential spec as a file:',
    'Install-Module CredentialSpec',
    `New-CredentialSpec -AccountName ${literal(name)} -Domain ${domainName} -Path ${literal(`.\\${file}`)}${additional.length === 0 ? '' : ` -AdditionalAccounts ${additional.join(', ')}`}`,
    '# and then, where kubectl is:',
    fillIn('#   kubectl gmsa convert <file> | kubectl apply -f -', { file }),
    '',
  ].join('\n');
}

/**
 * The module cuts every letter of ".json" off the end of the file's name, and not the word: from
 * `Jason.json` it makes `Ja.json`. A name that ends in "spec" is left alone.
 */
function fileFor(account: string): string {
  return `${account.replaceAll(/[^A-Za-z0-9_-]+/g, '') || 'gmsa'}-credspec.json`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
