// SPDX-License-Identifier: Apache-2.0
// What the bundle for a support case holds of a credspec. Pure.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../../api/credspec.ts';
import { items, property } from '../../../api/untyped.ts';
import type { StoredCredspec } from '../../credspecs.ts';
import { shownValue } from '../shown-value.ts';

const DOMAIN_FIELDS: readonly string[] = [
  'DnsName',
  'DnsTreeName',
  'Guid',
  'MachineAccountName',
  'NetBiosName',
  'Sid',
];

/** All of a credspec but for its PluginInput, which may hold secrets, and annotations of others. */
export function credspecFacts({ metadata, credspec, status, violations }: StoredCredspec) {
  const join = property(credspec, 'DomainJoinConfig');
  const directory = property(credspec, 'ActiveDirectoryConfig');
  const host = property(directory, 'HostAccountConfig');
  return {
    name: metadata.name,
    generation: metadata.generation,
    creationTimestamp: metadata.creationTimestamp,
    allowedServiceAccounts: metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
    credspec: {
      CmsPlugins: items(property(credspec, 'CmsPlugins')).map(shownValue),
      DomainJoinConfig: fieldsOf(join, DOMAIN_FIELDS),
      accounts: items(property(directory, 'GroupManagedServiceAccounts')).map((account) =>
        fieldsOf(account, ['Name', 'Scope']),
      ),
      ...(host === undefined
        ? {}
        : {
            plugin: {
              ...fieldsOf(host, ['PluginGUID', 'PortableCcgVersion']),
              hasInput: property(host, 'PluginInput') !== undefined,
            },
          }),
    },
    violations,
    status,
  };
}

function fieldsOf(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const shown = shownValue(property(value, name));
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}
