// SPDX-License-Identifier: Apache-2.0
// Pods as the API server holds them, for tests of what is judged of them.
import { canonicalJson } from '../../../api/canonical-json.ts';
import type { PodObject } from '../pod.ts';

/** The documentation's WebApp1. */
export const WEBAPP1 = {
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

/** Its contents as they stand in a pod. */
export const WEBAPP1_IN_POD = canonicalJson(WEBAPP1);

/** A Windows pod that runs as `webapp1`, with its contents. */
export function webapp1Pod({
  name = 'webapp1-6d4cf56db6-x7k2p',
  spec = {},
  status = {},
  metadata = {},
}: {
  readonly name?: string;
  readonly spec?: Partial<PodObject['spec']>;
  readonly status?: NonNullable<PodObject['status']>;
  readonly metadata?: Partial<PodObject['metadata']>;
} = {}): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'prod',
      uid: name,
      creationTimestamp: '2026-11-25T03:00:00Z',
      ...metadata,
    },
    spec: {
      serviceAccountName: 'web',
      nodeName: 'windows-0',
      os: { name: 'windows' },
      securityContext: {
        windowsOptions: {
          gmsaCredentialSpecName: 'webapp1',
          gmsaCredentialSpec: WEBAPP1_IN_POD,
        },
      },
      containers: [{ name: 'iis' }],
      ...spec,
    },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'iis', state: { running: {} } }],
      ...status,
    },
  };
}
