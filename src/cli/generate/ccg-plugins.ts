// SPDX-License-Identifier: Apache-2.0
// The credential plug-ins (CCG) that platforms install on nodes outside of the domain: their class IDs and
// what they are called with. Pure.
import { isGuid } from '../../api/domain-values.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import type { HostAccountConfig } from '../../api/credspec.ts';

/** A platform with a plug-in of its own. */
export type Platform = keyof typeof CCG_PLUGINS;

/** Something that a plug-in must be told. */
export interface PluginValue {
  /** Name of the flag that gives it. */
  readonly flag: PluginFlag;
  readonly question: string;
  /** What the value must be, continuing "it must be …". */
  readonly allowed: string;
  readonly accepts: (value: string) => boolean;
}

/** Names of the flags that the plug-ins' values are given with. */
export const PLUGIN_FLAGS = [
  'identity-object-id',
  'secret-uri',
  'credential-arn',
  'provider-namespace',
  'provider-secret',
] as const;

/** One of {@link PLUGIN_FLAGS}. */
export type PluginFlag = (typeof PLUGIN_FLAGS)[number];

/** A plug-in. */
interface CcgPlugin {
  readonly guid: string;
  readonly values: readonly PluginValue[];
  readonly input: (value: (flag: PluginFlag) => string) => string;
}

/** The presets. */
export const CCG_PLUGINS = {
  // https://learn.microsoft.com/azure/aks/use-group-managed-service-accounts
  aks: {
    guid: '{CCC2A336-D7F3-4818-A213-272B7924213E}',
    values: [
      {
        flag: 'identity-object-id',
        question: 'Object ID of the managed identity that may read the key vault',
        allowed: 'a GUID',
        accepts: isGuid,
      },
      {
        flag: 'secret-uri',
        question: 'URI of the secret in the key vault',
        allowed: 'a URI like https://my-vault.vault.azure.net/secrets/gmsa-user',
        accepts: (value) => /^https:\/\/[^/;\s]+\/secrets\/[^;\s]+$/.test(value),
      },
    ],
    // The documented form has no braces, which other GUIDs of a credential spec have.
    input: (value) =>
      `ObjectId=${value('identity-object-id').replaceAll(/[{}]/g, '')};SecretUri=${value('secret-uri')}`,
  },
  // https://aws.amazon.com/blogs/containers/domainless-windows-authentication-for-amazon-eks-windows-pods/
  // and, with the same plug-in, the ECS documentation for parameters.
  eks: {
    guid: '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
    values: [
      {
        flag: 'credential-arn',
        question: 'ARN of the secret in Secrets Manager or of the parameter in Parameter Store',
        allowed:
          'an ARN like arn:aws:secretsmanager:eu-west-1:111122223333:secret:name or arn:aws:ssm:eu-west-1:111122223333:parameter/name',
        accepts: (value) =>
          /^arn:[^:\s]+:(secretsmanager:[^:\s]+:\d{12}:secret:|ssm:[^:\s]+:\d{12}:parameter\/)\S+$/.test(
            value,
          ),
      },
    ],
    input: (value) => JSON.stringify({ credentialArn: value('credential-arn') }),
  },
  // https://github.com/rancher/Rancher-Plugin-gMSA
  rancher: {
    guid: '{e4781092-f116-4b79-b55e-28eb6a224e26}',
    values: [
      {
        flag: 'provider-namespace',
        question: 'Namespace of the gMSA account provider',
        allowed: 'the name of a namespace',
        accepts: isDns1123Label,
      },
      {
        flag: 'provider-secret',
        question: 'Secret in it with the credentials',
        allowed: 'the name of a Secret',
        accepts: isDns1123Subdomain,
      },
    ],
    input: (value) => `${value('provider-namespace')}:${value('provider-secret')}`,
  },
} as const satisfies Record<string, CcgPlugin>;

/** `HostAccountConfig` for a platform's plug-in. */
export function hostAccountConfig(
  platform: Platform,
  value: (flag: PluginFlag) => string,
): HostAccountConfig {
  const { guid, input } = CCG_PLUGINS[platform];
  return { PluginGUID: guid, PluginInput: input(value), PortableCcgVersion: CCG_VERSION };
}

/** The one that there is (KEP-689 and the plug-ins' documentation). */
export const CCG_VERSION = '1';
