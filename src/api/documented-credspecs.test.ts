// SPDX-License-Identifier: Apache-2.0
// The credential specs that people copy from: public documentation's and our own samples.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseAllowedServiceAccounts } from './allowed-service-accounts.ts';
import { checkContents, findInContents } from './check-contents.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  API_VERSION,
  type GMSACredentialSpec,
  KIND,
} from './credspec.ts';
import { decodeContents } from './credspec-schema.ts';
import { isDns1123Subdomain } from './kubernetes-names.ts';

const DOCUMENTED = 'test/support/fixtures/credspecs';
const SAMPLES = 'config/samples';

describe('credential specs of public documentation', () => {
  it.each(files(DOCUMENTED))('%s is found to be without fault', (file) => {
    expect(checkContents(contentsOf(join(DOCUMENTED, file)))).toEqual({ errors: [], warnings: [] });
  });

  it.each(files(DOCUMENTED))('%s has contents of the types that the CRD wants', (file) => {
    const decoded = decodeContents(contentsOf(join(DOCUMENTED, file)));
    // Amazon ECS takes an object here; the API server of Kubernetes takes text only.
    expect('problems' in decoded ? decoded.problems : []).toEqual(
      file === 'ecs-fargate-linux.json'
        ? [
            {
              path: 'credspec.ActiveDirectoryConfig.HostAccountConfig.PluginInput',
              found: 'an object',
              wanted: 'a string',
            },
          ]
        : [],
    );
  });

  it.each([
    [
      'microsoft-manage-serviceaccounts-non-domain-joined.json',
      ['placeholder', 'plugin-guid-is-not-a-guid'],
    ],
    ['microsoft-iccgdomainauthcredentials.json', ['placeholder']],
    ['aks-use-group-managed-service-accounts.yaml', ['placeholder']],
    ['rancher-blog-account-sid.yaml', ['sid-is-not-the-domains']],
    ['windows-gmsa-hostaccountconfig.yaml', ['placeholder', 'plugin-guid-is-not-a-guid']],
  ])('faulted/%s is faulted for its mistakes', (file, checks) => {
    const contents = contentsOf(join(DOCUMENTED, 'faulted', file));
    expect(findInContents(contents).map((finding) => finding.check)).toEqual(checks);
  });

  it('are all of the folder', () => {
    expect(files(DOCUMENTED).length).toBeGreaterThanOrEqual(11);
    expect(files(join(DOCUMENTED, 'faulted'))).toHaveLength(5);
    const readme = readFileSync(join(DOCUMENTED, 'README.md'), 'utf8');
    for (const file of [...files(DOCUMENTED), ...files(join(DOCUMENTED, 'faulted'))]) {
      expect(readme).toContain(file.replace(/credspec-\d/, 'credspec-{0,1,2}'));
    }
  });
});

describe('samples', () => {
  const samples = files(SAMPLES).map(
    (file) =>
      [file, parse(readFileSync(join(SAMPLES, file), 'utf8')) as GMSACredentialSpec] as const,
  );

  it.each(samples)('%s is a credspec with a legal name and without fault', (file, sample) => {
    expect(sample).toMatchObject({ apiVersion: API_VERSION, kind: KIND });
    expect(isDns1123Subdomain(sample.metadata.name)).toBe(true);
    expect(file).toBe(`${sample.metadata.name}.yaml`);
    expect(decodeContents(sample.credspec)).toEqual({ contents: sample.credspec });
    expect(checkContents(sample.credspec)).toEqual({ errors: [], warnings: [] });
  });

  it('show what can be granted', () => {
    const granted = Object.fromEntries(
      samples.map(([, { metadata }]) => {
        const value = metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION];
        const { problems, summary } = parseAllowedServiceAccounts(value);
        expect(problems).toEqual([]);
        return [metadata.name, summary];
      }),
    );
    expect(granted).toEqual({
      'gmsa-webapp1': '0',
      'gmsa-reports': '2 + 1 namespace',
      'gmsa-non-domain-joined': '2',
    });
  });
});

function files(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(?:yaml|json)$/.test(name))
    .sort();
}

function contentsOf(file: string): unknown {
  const document = parse(readFileSync(file, 'utf8')) as { readonly credspec?: unknown };
  return document.credspec ?? document;
}
