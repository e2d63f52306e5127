// SPDX-License-Identifier: Apache-2.0
// The fields of a credential spec as JSON Schema: the same as the CRD has (a test holds them together).

const text = { type: 'string' } as const;

/** JSON Schema of the `credspec` field. Like the CRD, it tolerates fields that it does not know. */
export const CONTENTS_SCHEMA = {
  type: 'object',
  properties: {
    ActiveDirectoryConfig: {
      type: 'object',
      properties: {
        GroupManagedServiceAccounts: {
          type: 'array',
          items: { type: 'object', properties: { Name: text, Scope: text } },
        },
        HostAccountConfig: {
          type: 'object',
          properties: { PluginGUID: text, PluginInput: text, PortableCcgVersion: text },
        },
      },
    },
    CmsPlugins: { type: 'array', items: text },
    DomainJoinConfig: {
      type: 'object',
      properties: {
        DnsName: text,
        DnsTreeName: text,
        Guid: text,
        MachineAccountName: text,
        NetBiosName: text,
        Sid: text,
      },
    },
  },
} as const;

/** The part of JSON Schema that says which fields there are. An object without `properties` may have any. */
export interface FieldSchema {
  readonly type: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
}
