// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { WEBAPP1, webapp1Pod } from '../testing/pods.ts';
import { read, soundSnapshot, webapp1Credspec } from '../testing/snapshots.ts';
import { bundleFiles } from './bundle.ts';
import { examine } from './examine.ts';

const SECRET = 'hunter2';

describe('bundleFiles', () => {
  it('hold what was found and read, and no secret wherever one may stand', async () => {
    const contents = {
      ...WEBAPP1,
      ActiveDirectoryConfig: {
        ...WEBAPP1.ActiveDirectoryConfig,
        HostAccountConfig: { PluginGUID: 'g', PluginInput: SECRET, PortableCcgVersion: '1' },
      },
      Unknown: SECRET,
    };
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(contents),
      'gmsa-operator.io/allowed-service-accounts': 'prod/web',
    };
    const container = {
      name: 'iis',
      env: [{ name: 'PASSWORD', value: SECRET }],
      args: [SECRET],
    };
    const windowsOptions = {
      gmsaCredentialSpecName: 'webapp1',
      gmsaCredentialSpec: JSON.stringify(contents),
    };
    const snapshot = {
      ...(await soundSnapshot()),
      credspecs: read([
        webapp1Credspec({
          credspec: contents,
          metadata: { ...webapp1Credspec().metadata, annotations },
        }),
      ]),
      pods: read([
        webapp1Pod({
          metadata: { annotations: { note: SECRET } },
          spec: { securityContext: { windowsOptions }, containers: [container] },
        }),
      ]),
      events: read([
        {
          metadata: {},
          involvedObject: {},
          reason: 'FailedCreate',
          message: `cred spec webapp1 does not exist {"PluginInput":"${SECRET}"}`,
        },
      ]),
    };
    const files = bundleFiles(snapshot, examine(snapshot), '1.2.3');
    const all = files.map(({ text }) => text).join('');
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain('PRIVATE KEY');
    expect(files.map(({ name }) => name)).toEqual([
      'about.json',
      'findings.json',
      'crd.json',
      'lease.json',
      'certificate.json',
      'handshakes.json',
      'webhook-configurations.json',
      'rbac.json',
      'nodes.json',
      'pods.json',
      'refusals.json',
      'credspecs.json',
    ]);
    for (const { text } of files) expect(JSON.parse(text)).not.toBe(null);
    // What somebody needs to help is there.
    expect(all).toContain('"hasInput": true');
    expect(all).toContain('"allowedServiceAccounts": "prod/web"');
    expect(all).toContain('"contents": "current"');
  });
});
