// SPDX-License-Identifier: Apache-2.0
// The credential plug-ins (CCG) that platforms install on nodes outside of the domain: their class IDs and
// what they are called with. Pure.
import { isGuid } from '../../api/domain-values.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import type { WantedValue } from './wanted-values.ts';

/** A plug-in. */
interface CcgPlugin {
  readonly guid: string;
  /** What it must be told. */
  readonly values: readonly WantedValue[];
  /** From the values by the names of their flags. */
  readonly input: (value: (flag: string) => string) => string;
}

/** By the platforms that have one. */
export const CCG_PLUGINS: Readonly<Record<'aks' | 'eks' | 'rancher', CcgPlugin>> = {
  // https://learn.microsoft.com/azure/aks/use-group-managed-service-accounts
  aks: {
    guid: '{CCC2A336-D7F3-4818-A213-272B7924213E}',
    values: [
      {
        flag: 'identity-object-id',
        question: 'Object ID of the managed identity that may read the key vault',
        problem: unless(isGuid, 'a GUID'),
      },
      {
        flag: 'secret-uri',
        question: 'URI of the secret in the key vault',
        problem: unless(
          (value) => /^https:\/\/[^/;\s]+\/secrets\/[^;\s]+$/.test(value),
          'a URI like https://my-vault.vault.azure.net/secrets/gmsa-user',
        ),
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
        problem: unless(
          (value) =>
            /^arn:[^:\s]+:(secretsmanager:[^:\s]+:\d{12}:secret:|ssm:[^:\s]+:\d{12}:parameter\/)\S+$/.test(
              value,
            ),
          'an ARN like arn:aws:secretsmanager:eu-west-1:111122223333:secret:name or arn:aws:ssm:eu-west-1:111122223333:parameter/name',
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
        problem: unless(isDns1123Label, 'the name of a namespace'),
      },
      {
        flag: 'provider-secret',
        question: 'Secret in it with the credentials',
        problem: unless(isDns1123Subdomain, 'the name of a Secret'),
      },
    ],
    input: (value) => `${value('provider-namespace')}:${value('provider-secret')}`,
  },
};

function unless(accepts: (value: string) => boolean, allowed: string): WantedValue['problem'] {
  return (value) => (accepts(value) ? undefined : `It must be ${allowed}.`);
}
