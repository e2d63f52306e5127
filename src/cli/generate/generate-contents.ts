// SPDX-License-Identifier: Apache-2.0
// Contents of a credential spec from values that somebody knows. Pure.
import type {
  CredentialSpecContents,
  GroupManagedServiceAccount,
  HostAccountConfig,
} from '../../api/credspec.ts';

/** An account beside the one that the container is. */
export interface AdditionalAccount {
  readonly name: string;
  /** Undefined: the same as of the container's account. */
  readonly domain: string | undefined;
}

/** The values. */
export interface GenerateInput {
  readonly account: string;
  /** DNS name. */
  readonly domain: string;
  readonly netbios: string;
  readonly sid: string;
  readonly guid: string;
  /** DNS name of the forest's root domain. */
  readonly forest: string;
  readonly additionalAccounts: readonly AdditionalAccount[];
  readonly host: HostAccountConfig | undefined;
}

/** The contents, as New-CredentialSpec makes them. */
export function contentsFrom(input: GenerateInput): CredentialSpecContents {
  const account = accountName(input.account);
  return {
    ActiveDirectoryConfig: {
      GroupManagedServiceAccounts: [
        ...inBothSpellings(account, input),
        ...input.additionalAccounts.flatMap(({ name, domain }) =>
          domain === undefined
            ? inBothSpellings(accountName(name), input)
            : [{ Name: accountName(name), Scope: domain }],
        ),
      ],
      ...(input.host === undefined ? {} : { HostAccountConfig: input.host }),
    },
    CmsPlugins: ['ActiveDirectory'],
    DomainJoinConfig: {
      DnsName: input.domain,
      DnsTreeName: input.forest,
      Guid: input.guid,
      MachineAccountName: account,
      NetBiosName: input.netbios,
      Sid: input.sid,
    },
  };
}

/** Active Directory shows accounts with a "$" that Windows adds itself. */
function accountName(text: string): string {
  return text.replace(/\$$/, '');
}

function inBothSpellings(
  name: string,
  { domain, netbios }: GenerateInput,
): readonly GroupManagedServiceAccount[] {
  return [
    { Name: name, Scope: netbios },
    { Name: name, Scope: domain },
  ];
}
