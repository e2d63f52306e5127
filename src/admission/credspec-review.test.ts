// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeReview } from './review/admission-review.ts';
import { boundedWarnings } from './review/admission-review.ts';
import { type NamespaceExists, reviewCredspec } from './credspec-review.ts';
import { credspecReview, type RequestFields } from './testing/reviews.ts';

const ANNOTATION = 'gmsa-operator.io/allowed-service-accounts';

const CONTENTS = {
  ActiveDirectoryConfig: {
    GroupManagedServiceAccounts: [
      { Name: 'WebApp1', Scope: 'CONTOSO' },
      { Name: 'WebApp1', Scope: 'contoso.com' },
    ],
  },
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: {
    DnsName: 'contoso.com',
    DnsTreeName: 'contoso.com',
    Guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
    MachineAccountName: 'WebApp1',
    NetBiosName: 'CONTOSO',
    Sid: 'S-1-5-21-2126449477-2524075714-3094792973',
  },
};

function written(annotation?: string, credspec: unknown = CONTENTS): object {
  return {
    metadata: {
      name: 'webapp1',
      ...(annotation === undefined ? {} : { annotations: { [ANNOTATION]: annotation } }),
    },
    credspec,
  };
}

function warningsOn(
  object: unknown,
  namespaceExists: NamespaceExists = () => true,
  fields: RequestFields = {},
): readonly string[] {
  const decoded = decodeReview(credspecReview(object, fields));
  if ('problem' in decoded) throw new Error(decoded.problem);
  const { allowed, warnings } = reviewCredspec(decoded.request, namespaceExists);
  expect(allowed).toBe(true);
  return warnings;
}

describe('a credspec that is written', () => {
  it('gets no warning where all is well', () => {
    expect(warningsOn(written('prod/web, dev/*'))).toEqual([]);
    expect(warningsOn(written())).toEqual([]);
  });

  it('gets none where it cannot come from the API server, which stores no such annotation', () => {
    expect(warningsOn(written('web '.repeat(65_536)))).not.toEqual([]);
    expect(warningsOn(written('web '.repeat(65_537)))).toEqual([]);
  });

  it('gets one for each entry that grants nothing, with the remedy', () => {
    expect(warningsOn(written('prod/web web */web'))).toEqual([
      expect.stringMatching(/^entry "web" is not `namespace\/name`: write the namespace too/),
      expect.stringMatching(/^entry "\*\/web" has "\*" in place of a namespace: access is granted/),
    ]);
  });

  it('gets one for each namespace that is not there', () => {
    const exists = new Map([
      ['prod', true],
      ['dev', false],
      ['qa', false],
    ]);
    const annotation = 'prod/web dev/b dev/a qa/* unknown/web';
    expect(warningsOn(written(annotation), (name) => exists.get(name))).toEqual([
      'entry "dev/a": there is no namespace dev, so it grants nothing until there is; create the namespace, or correct the entry',
      'entry "qa/*": there is no namespace qa, so it grants nothing until there is; create the namespace, or correct the entry',
    ]);
  });

  it('gets one for contents that cannot work, and for those that look wrong', () => {
    const { DomainJoinConfig } = CONTENTS;
    const wrong = {
      ...CONTENTS,
      DomainJoinConfig: {
        ...DomainJoinConfig,
        Sid: 'S-1-5-21-1-2-3-4',
        NetBiosName: 'contoso.com',
      },
    };
    expect(warningsOn(written(undefined, wrong))).toEqual([
      expect.stringMatching(/^DomainJoinConfig\.Sid .*this is the account's SID/),
      expect.stringMatching(/^DomainJoinConfig\.NetBiosName /),
    ]);
  });

  it('gets the worst first, within what the API server lets through', () => {
    const entries = Array.from({ length: 500 }, (_, i) => `Wrong${i}`).join(' ');
    const told = boundedWarnings(warningsOn(written(`${entries} dev/web`, {}), () => false));
    expect(told[0]).toMatch(/^entry "Wrong0"/);
    expect(told.join('').length).toBeLessThan(4096);
  });

  it('never has its PluginInput shown', () => {
    const HostAccountConfig = { PluginGUID: 'secret?', PluginInput: 'top secret', Other: 1 };
    const wrong = { ...CONTENTS, ActiveDirectoryConfig: { HostAccountConfig } };
    const warnings = warningsOn(written(undefined, wrong));
    expect(warnings.length).toBeGreaterThan(0);
    expect(JSON.stringify(warnings)).not.toContain('top secret');
  });

  it.each(['v1', 'v1alpha1'])('is looked at in the version %s', (version) => {
    const fields = {
      kind: { group: 'windows.k8s.io', version, kind: 'GMSACredentialSpec' },
      resource: { group: 'windows.k8s.io', version, resource: 'gmsacredentialspecs' },
    };
    expect(warningsOn(written('web'), undefined, fields)).toHaveLength(1);
    expect(warningsOn(written('web'), undefined, { ...fields, operation: 'UPDATE' })).toHaveLength(
      1,
    );
  });
});

const POD: RequestFields = {
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
};

describe('the review of credspecs fails open', () => {
  it.each<[string, unknown, RequestFields]>([
    ['a deletion', null, { operation: 'DELETE' }],
    ['an operation that is none', written('web'), { operation: 'WRITE' }],
    ['no operation', written('web'), { operation: null }],
    ['another resource', written('web'), POD],
  ])('for %s, without a word', (_, object, fields) => {
    expect(warningsOn(object, undefined, { ...fields, object })).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'credspec'],
    ['a list', [1]],
    ['metadata that are none', { metadata: 'x', credspec: CONTENTS }],
    ['an annotation that is no text', { metadata: { annotations: { [ANNOTATION]: 5 } } }],
    ['contents that are none', written('prod/web', [[]])],
    [
      'contents deeper than they can be',
      written('prod/web', JSON.parse('['.repeat(3000) + ']'.repeat(3000))),
    ],
    ['keys of the language', JSON.parse('{"__proto__":{"credspec":1},"constructor":1}')],
  ])('for %s', (_, object) => {
    expect(warningsOn(object).length).toBeLessThan(20);
  });
});
