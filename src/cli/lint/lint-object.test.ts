// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { lintFile } from './lint-file.ts';

const CONTENTS = `ActiveDirectoryConfig:
  GroupManagedServiceAccounts:
    - Name: shop-gmsa
      Scope: corp.example
DomainJoinConfig:
  Sid: S-1-5-21-1004336348-1177238915-682003330
  MachineAccountName: shop-gmsa
  Guid: 0d0b0cd8-f1fd-4b6b-8f9f-d9cbee1ca3f4
  DnsName: corp.example
CmsPlugins: [ActiveDirectory]
`;

function indented(levels: number): string {
  return CONTENTS.replaceAll(/^(?=.)/gm, '  '.repeat(levels));
}

function manifest(head: string, body = `credspec:\n${indented(1)}`): string {
  return `${head}metadata:\n  name: shop-gmsa\n${body}`;
}

/** `line check: message` of everything that is found. */
function found(text: string): readonly string[] {
  return lintFile('x.yaml', Buffer.from(text)).findings.map(
    ({ line, check, message }) => `${line ?? 0} ${check}: ${message}`,
  );
}

const GROUP = 'apiVersion: windows.k8s.io/v1\n';
const KIND = 'kind: GMSACredentialSpec\n';

describe('lint of the object around the contents', () => {
  it('says that another API group is not ours, and where the contents belong', () => {
    const text = manifest(
      `apiVersion: auth.k8s.io/v1alpha1\n${KIND}`,
      `spec:\n  credspec:\n${indented(2)}`,
    );
    expect(found(text)).toEqual([
      '1 wrong-api-version: apiVersion "auth.k8s.io/v1alpha1" is of another API group. The operator reads windows.k8s.io only. Write windows.k8s.io/v1.',
      expect.stringMatching(/^6 contents-missing: .* spec\.credspec, and must be in "credspec"/),
    ]);
    expect(lintFile('x.yaml', Buffer.from(text)).credspecs).toBe(1);
  });

  it.each([
    [
      'contents in spec',
      manifest(GROUP + KIND, `spec:\n${indented(1)}`),
      /^5 contents-missing: .*"spec"\. Rename it/,
    ],
    [
      'a version that there is not',
      manifest(`apiVersion: windows.k8s.io/v2\n${KIND}`),
      /^1 wrong-api-version: .*not a version/,
    ],
    [
      'a group alone',
      manifest(`apiVersion: windows.k8s.io\n${KIND}`),
      /^1 wrong-api-version: .*another API group/,
    ],
    [
      'a group in capitals',
      manifest(`apiVersion: Windows.K8s.io/v1\n${KIND}`),
      /^1 wrong-api-version/,
    ],
    [
      'no apiVersion',
      manifest(KIND),
      /^1 wrong-api-version: apiVersion is missing\. Write windows/,
    ],
    ['no kind', manifest(GROUP), /^1 wrong-kind: kind is missing\. Write GMSACredentialSpec\./],
    [
      'another case of the kind',
      manifest(`${GROUP}kind: GmsaCredentialSpec\n`),
      /^2 wrong-kind: kind "Gmsa/,
    ],
    ['the plural of the kind', manifest(`${GROUP}kind: GMSACredentialSpecs\n`), /^2 wrong-kind/],
    [
      'a kind with a letter too few',
      manifest(`${GROUP}kind: GMSACredentalSpec\n`),
      /^2 wrong-kind/,
    ],
    ['another kind of the group', manifest(`${GROUP}kind: CredSpec\n`), /^2 wrong-kind/],
  ])('finds %s', (_, text, message) => {
    expect(found(text)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['kind and version', manifest('')],
    ['kind and group', manifest('apiVersion: v1\nkind: GMSACredentialSpek\n')],
  ])('finds that both are wrong: %s', (_, text) => {
    expect(found(text).map((finding) => finding.split(' ')[1])).toEqual([
      'wrong-api-version:',
      'wrong-kind:',
    ]);
  });

  it.each([
    'apiVersion: v1\nkind: PodSpec\n',
    'apiVersion: x.io/v1\nkind: Credential\nspec: {}\n',
    'apiVersion: v1\nkind: ConfigMap\ndata: {credspec: "{}"}\n',
  ])('passes over objects of other kinds: %j', (text) => {
    expect(found(`${text}---\n${manifest(GROUP + KIND)}`)).toEqual([]);
  });

  it('names line and column of an error in the syntax', () => {
    const { findings } = lintFile('x.json', Buffer.from('{\n  "Guid": <guid>,\n  "Sid": "x"\n}\n'));
    expect(findings).toMatchObject([{ check: 'not-readable', line: 2, column: 11 }]);
  });
});
