// SPDX-License-Identifier: Apache-2.0
// The orders of fields that people know from the documentation. An API server keeps them sorted, and
// Windows reads them in any order.

/** For each object of a credential spec, by its path, its fields in an order; others come after them. */
export type FieldOrder = Readonly<Record<string, readonly string[]>>;

const INNER: FieldOrder = {
  'ActiveDirectoryConfig.GroupManagedServiceAccounts': ['Name', 'Scope'],

  ActiveDirectoryConfig: ['GroupManagedServiceAccounts', 'HostAccountConfig'],
};

/** As the Kubernetes documentation writes the custom resource. */
export const RESOURCE_ORDER: FieldOrder = {
  ...INNER,
  'ActiveDirectoryConfig.HostAccountConfig': ['PluginGUID', 'PluginInput', 'PortableCcgVersion'],
  '': ['ActiveDirectoryConfig', 'CmsPlugins', 'DomainJoinConfig'],
  DomainJoinConfig: ['DnsName', 'DnsTreeName', 'Guid', 'MachineAccountName', 'NetBiosName', 'Sid'],
};

/** As `New-CredentialSpec` writes its JSON. */
export const RUNTIME_ORDER: FieldOrder = {
  ...INNER,
  'ActiveDirectoryConfig.HostAccountConfig': ['PortableCcgVersion', 'PluginGUID', 'PluginInput'],
  '': ['CmsPlugins', 'DomainJoinConfig', 'ActiveDirectoryConfig'],
  DomainJoinConfig: ['Sid', 'MachineAccountName', 'Guid', 'DnsTreeName', 'DnsName', 'NetBiosName'],
};

/** The value with the fields of its objects in this order; nothing is added or left out. */
export function inOrder(value: unknown, order: FieldOrder, path = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inOrder(item, order, path));
  if (typeof value !== 'object' || value === null) return value;
  const first = order[path] ?? [];
  const keys = Object.keys(value);
  const sorted = [
    ...first.filter((key) => keys.includes(key)),
    ...keys.filter((key) => !first.includes(key)),
  ];
  return Object.fromEntries(
    sorted.map((key) => [
      key,
      inOrder(
        (value as Readonly<Record<string, unknown>>)[key],
        order,
        path === '' ? key : `${path}.${key}`,
      ),
    ]),
  );
}
