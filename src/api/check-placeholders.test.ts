// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { checkPlaceholders, placeholderProblem } from './check-placeholders.ts';

const withInput = (PluginInput: unknown): unknown => ({
  ActiveDirectoryConfig: { HostAccountConfig: { PluginInput } },
});

describe('placeholderProblem', () => {
  it.each([
    ['<GMSA_ACCOUNT_USERNAME>', '<…>'],
    ['corp.<domain>', '<…>'],
    ['<>', '<…>'],
    ['{{ .Values.account }}', '{{ … }}'],
    ['{{account}}', '{{ … }}'],
    ['${ACCOUNT}', '${…}'],
    ['corp.${DOMAIN:-example}', '${…}'],
    ['$(ACCOUNT)', '$(…)'],
    ['$ACCOUNT', '$NAME'],
    ['corp.$domain', '$NAME'],
    ['$env:USERDOMAIN', '$NAME'],
    ['%USERDOMAIN%', '%NAME%'],
  ])('finds one in %j', (text, form) => {
    expect(placeholderProblem(text)).toContain(`of the form ${form}`);
  });

  it.each([
    'WebApp1',
    'WebApp1$',
    'Web$App',
    '$331000-VMFQG1V',
    '5 < 6',
    '100%',
    '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
    '',
  ])('finds none in %j', (text) => {
    expect(placeholderProblem(text)).toBeUndefined();
  });
});

describe('checkPlaceholders', () => {
  it.each([
    'ObjectId=<MANAGED_IDENTITY_OBJECT_ID>;SecretUri=https://x.vault.azure.net/secrets/y',
    'ObjectId=x;SecretUri=https://<KEY_VAULT_NAME>.vault.azure.net/secrets/y',
    'contoso.com:gmsaccg:<password>',
    'contoso.com:gmsaccg:$PASSWORD',
    '$PLUGIN_INPUT',
    '${INPUT}',
    '{"credentialArn":"{{ .Values.arn }}"}',
    '{"credentialArn":"$(ARN)"}',
    '{"credentialArn":"$ARN"}',
  ])('finds one in the PluginInput %j, and does not show it', (input) => {
    const findings = checkPlaceholders(withInput(input));
    expect(findings.map(({ path }) => path.join('.'))).toEqual([
      'ActiveDirectoryConfig.HostAccountConfig.PluginInput',
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/Id=|SecretUri|gmsaccg|credentialArn/);
  });

  it.each([
    'contoso.com:gmsaccg:$UMMER2024',
    'contoso.com:gmsaccg:$ecret',
    'contoso.com:gmsaccg:Pa$$w0rd$A',
    'contoso.com:gmsaccg:a<b>=c%AB%20',
    'contoso.com:gmsaccg:x<1>y',
    'contoso.com:gmsaccg:x${}y',
    '{"a":{"b":{}}}',
    'cattle-gmsa:ad-user',
    { credentialArn: '<ARN>' },
    7,
  ])('finds none where it may be a password: %j', (input) => {
    expect(checkPlaceholders(withInput(input))).toEqual([]);
  });

  it('passes over fields that no schema knows, and values of another type', () => {
    expect(checkPlaceholders({ Comment: '<x>', CmsPlugins: '<x>', DomainJoinConfig: 3 })).toEqual(
      [],
    );
  });
});
