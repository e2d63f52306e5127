// SPDX-License-Identifier: Apache-2.0
// The orders of fields that people know from the documentation. An API server keeps them sorted, and
// Windows reads them in any order.

/** As the Kubernetes documentation writes the custom resource, from the outside to the inside. */
export const RESOURCE_ORDER: readonly string[] = [
  ['ActiveDirectoryConfig', 'CmsPlugins', 'DomainJoinConfig'],
  ['GroupManagedServiceAccounts', 'HostAccountConfig'],
  ['Name', 'Scope'],
  ['PluginGUID', 'PluginInput', 'PortableCcgVersion'],
  ['DnsName', 'DnsTreeName', 'Guid', 'MachineAccountName', 'NetBiosName', 'Sid'],
].flat();

/** As `New-CredentialSpec` writes its JSON. */
export const RUNTIME_ORDER: readonly string[] = [
  ['CmsPlugins', 'DomainJoinConfig', 'ActiveDirectoryConfig'],
  ['GroupManagedServiceAccounts', 'HostAccountConfig'],
  ['Name', 'Scope'],
  ['PortableCcgVersion', 'PluginGUID', 'PluginInput'],
  ['Sid', 'MachineAccountName', 'Guid', 'DnsTreeName', 'DnsName', 'NetBiosName'],
].flat();

/** The value with the fields of its objects in this order, others after them; nothing is added or left out. */
export function inOrder(value: unknown, order: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => inOrder(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  const sorted = [
    ...order.flatMap((name) => fields.filter(([field]) => field === name)),
    ...fields.filter(([field]) => !order.includes(field)),
  ];
  return Object.fromEntries(sorted.map(([field, inner]) => [field, inOrder(inner, order)]));
}
