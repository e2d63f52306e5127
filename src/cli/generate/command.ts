// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa generate`: what there is to say of it.
import { choiceFlag, listFlag, switchFlag, textFlag } from '../../flags/flag-kinds.ts';
import { MANIFEST_FLAGS } from '../convert/command.ts';
import { defineCommand } from '../command.ts';

/** The flags of `generate`. */
export const GENERATE_FLAGS = {
  account: textFlag({
    name: 'account',
    value: 'name',
    description: 'the account that the container is, without domain',
  }),
  domain: textFlag({
    name: 'domain',
    value: 'dns-name',
    description: 'DNS name of its domain, as in contoso.com',
  }),
  netbios: textFlag({
    name: 'netbios',
    value: 'name',
    description: 'NetBIOS name of the domain, as in CONTOSO',
  }),
  sid: textFlag({ name: 'sid', value: 'sid', description: "SID of the domain, not the account's" }),
  guid: textFlag({
    name: 'guid',
    value: 'guid',
    description: "GUID of the domain, not the account's",
  }),
  forest: textFlag({
    name: 'forest',
    value: 'dns-name',
    description: "DNS name of the forest's root domain (default: the domain)",
  }),
  additionalAccount: listFlag({
    name: 'additional-account',
    value: 'name[@dns-name]',
    description: 'another account that the container may use, with its domain if that is another',
  }),
  platform: choiceFlag({
    name: 'platform',
    values: ['aks', 'eks', 'rancher'],
    description: 'for nodes outside of the domain: use the credential plug-in of this platform',
  }),
  identityObjectId: textFlag({
    name: 'identity-object-id',
    value: 'guid',
    description: 'aks: object ID of the managed identity that may read the key vault',
  }),
  secretUri: textFlag({
    name: 'secret-uri',
    value: 'uri',
    description: "aks: URI of the key vault's secret with the domain user",
  }),
  credentialArn: textFlag({
    name: 'credential-arn',
    value: 'arn',
    description: 'eks: ARN of the secret or parameter with the domain user',
  }),
  providerNamespace: textFlag({
    name: 'provider-namespace',
    value: 'namespace',
    completes: 'namespaces',
    description: 'rancher: namespace of the gMSA account provider',
  }),
  providerSecret: textFlag({
    name: 'provider-secret',
    value: 'name',
    description: 'rancher: Secret in that namespace with the domain user',
  }),
  pluginGuid: textFlag({
    name: 'plugin-guid',
    value: 'guid',
    description: 'for nodes outside of the domain: class ID of another credential plug-in',
  }),
  pluginInput: textFlag({
    name: 'plugin-input',
    value: 'text',
    description: 'what that plug-in is called with',
  }),
  powershell: switchFlag({
    name: 'powershell',
    description: 'print the PowerShell that gets the values from Active Directory, and end',
  }),
  ...MANIFEST_FLAGS,
} as const;

/** The command. */
export const GENERATE = defineCommand({
  name: 'generate',
  summary: 'make a credential spec without PowerShell',
  description:
    'Writes a GMSACredentialSpec from values that you know. What is missing is asked for on a terminal; elsewhere, the PowerShell is printed that gets it. A credential spec names an account and its domain, and holds no password.',
  arguments: [],
  flags: GENERATE_FLAGS,
  examples: [
    { does: 'Be asked for everything', command: 'kubectl gmsa generate > webapp1.yaml' },
    {
      does: 'Give everything',
      command:
        'kubectl gmsa generate --account WebApp1 --domain contoso.com --netbios CONTOSO --sid S-1-5-21-2126449477-2524075714-3094792973 --guid 244818ae-87ac-4fcd-92ec-e79e5252348a',
    },
    {
      does: 'See the PowerShell that gets the values',
      command: 'kubectl gmsa generate --account WebApp1 --domain contoso.com --powershell',
    },
    {
      does: 'For nodes that are not joined to the domain, on EKS',
      command:
        'kubectl gmsa generate --platform eks --credential-arn arn:aws:secretsmanager:eu-west-1:111122223333:secret:gmsa-user',
    },
  ],
  verdicts: {
    ok: 'it is written',
    no: 'it is written, and Windows cannot work with it: see stderr',
  },
  load: () => import('./generate.ts'),
});
