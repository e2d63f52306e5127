// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { WEBAPP1, webapp1Pod } from '../testing/pods.ts';
import { read } from '../testing/read.ts';
import { soundSnapshot, webapp1Credspec } from '../testing/snapshots.ts';
import { operatorDeployment, operatorPod, soundWorkload } from '../testing/workloads.ts';
import { bundleFiles } from './bundle.ts';
import { examine } from './examine.ts';
import type { Snapshot } from './snapshot.ts';

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
    const operator = {
      deployments: read([
        operatorDeployment({ args: [`--token=${SECRET}`], metadata: { annotations } }),
      ]),
      pods: read([
        operatorPod({
          metadata: { annotations },
          status: {
            conditions: [
              { type: 'Ready', status: 'False', message: `Authorization: Bearer ${SECRET}1` },
            ],
            containerStatuses: [
              {
                name: 'manager',
                state: { waiting: { reason: 'Error', message: `PluginInput ${SECRET}` } },
              },
            ],
          },
        }),
      ]),
    };
    const logs = [
      { pod: 'gmsa-operator-0', previous: false, text: 'a line\n' },
      { pod: 'gmsa-operator-0', previous: true, text: 'You may not read this log: no\n' },
    ];
    const snapshot = {
      ...(await soundSnapshot()),
      workload: soundWorkload(operator),
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
    const files = bundleFiles(snapshot, examine(snapshot), logs);
    const all = files.map(({ text }) => text).join('');
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain('PRIVATE KEY');
    expect(files.map(({ name }) => name)).toEqual([
      'about.json',
      'findings.json',
      'operator.json',
      'operator-logs/gmsa-operator-0.log',
      'operator-logs/gmsa-operator-0.previous.log',
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
    for (const { name, text } of files) {
      if (name.endsWith('.json')) expect(JSON.parse(text)).not.toBe(null);
    }
    // What somebody needs to help is there.
    expect(all).toContain('"hasInput": true');
    expect(all).toContain('"allowedServiceAccounts": "prod/web"');
    expect(all).toContain('"contents": "current"');
    expect(all).toContain('"version": "0.1.0"');
    expect(all).toContain('You may not read this log: no');
  });

  it('say why there are no logs', async () => {
    const sound = await soundSnapshot();
    const unreadable = { type: 'unreadable', why: 'pods is forbidden' } as const;
    const textWith = (pods: Snapshot['workload']['pods']) =>
      bundleFiles({ ...sound, workload: soundWorkload({ pods }) }, [], []).find(({ name }) =>
        name.startsWith('operator-logs'),
      )?.text;
    expect(textWith(unreadable)).toBe(
      "You may not list the operator's pods, so there are no logs: pods is forbidden\n",
    );
    expect(textWith(read([]))).toBe('The operator has no pods here, so there are no logs.\n');
  });
});
