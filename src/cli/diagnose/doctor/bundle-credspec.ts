// SPDX-License-Identifier: Apache-2.0
// A credspec in the bundle, put together field by field: PluginInput may hold secrets. Pure.
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type GMSACredentialSpec,
} from '../../../api/credspec.ts';

/** All of it but for its PluginInput, and annotations of others. */
export function credspecFacts({ metadata, credspec, status }: GMSACredentialSpec) {
  const { CmsPlugins, DomainJoinConfig: join, ActiveDirectoryConfig: directory } = credspec ?? {};
  const host = directory?.HostAccountConfig;
  return {
    name: metadata.name,
    generation: metadata.generation,
    creationTimestamp: metadata.creationTimestamp,
    allowedServiceAccounts: metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
    credspec: {
      CmsPlugins,
      DomainJoinConfig: join && {
        DnsName: join.DnsName,
        DnsTreeName: join.DnsTreeName,
        Guid: join.Guid,
        MachineAccountName: join.MachineAccountName,
        NetBiosName: join.NetBiosName,
        Sid: join.Sid,
      },
      accounts: directory?.GroupManagedServiceAccounts?.map(({ Name, Scope }) => ({ Name, Scope })),
      plugin: host && {
        PluginGUID: host.PluginGUID,
        PortableCcgVersion: host.PortableCcgVersion,
        hasInput: host.PluginInput !== undefined,
      },
    },
    status,
  };
}
