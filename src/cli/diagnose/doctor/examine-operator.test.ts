// SPDX-License-Identifier: Apache-2.0
// The checks on a cluster in which all is well, but for the operator's own Deployment, pods and version.
import { describe, expect, it } from '@jest/globals';
import { read } from '../testing/read.ts';
import { soundSnapshot } from '../testing/snapshots.ts';
import { operatorDeployment, operatorPod, soundWorkload } from '../testing/workloads.ts';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';
import type { OperatorWorkload } from './operator-workload.ts';
import { DOCTOR_REMEDIES } from './remedies.ts';
import type { Snapshot } from './snapshot.ts';

const SOUND = await soundSnapshot();
const UNREADABLE = { type: 'unreadable', why: 'no' } as const;
const ABSENT = { type: 'absent' } as const;

function wrong(change: Partial<Snapshot>): readonly Finding[] {
  return examine({ ...SOUND, ...change }).filter(({ severity }) => severity !== 'ok');
}

describe('the Lease', () => {
  const heldBy = (holderIdentity: string) =>
    read({ spec: { holderIdentity, renewTime: '2026-11-25T03:59:58Z' } });
  const pods = (hostNetwork: object) =>
    soundWorkload({
      pods: read([{ ...operatorPod(), spec: { ...operatorPod().spec, ...hostNetwork } }]),
    });

  it('of somebody who is not a pod of the operator is an error', () => {
    expect(wrong({ lease: heldBy('mallory') })).toMatchObject([
      {
        severity: 'error',
        message: expect.stringContaining('mallory, which is not a running pod of the operator'),
        remedy: expect.stringContaining('After a theft'),
      },
    ]);
    expect(wrong({ lease: heldBy('gmsa-operator-00_1') })).toHaveLength(1);
  });

  it.each<readonly [string, string, OperatorWorkload]>([
    ['a pod', 'gmsa-operator-0_1', soundWorkload()],
    ['a pod in the network of its node', 'linux-0_1', pods({ nodeName: 'linux-0' })],
    ['a pod with a host name of its own', 'gmsa_1', pods({ hostname: 'gmsa' })],
  ])('of %s is as it must be', (_, holder, workload) => {
    expect(wrong({ lease: heldBy(holder), workload })).toEqual([]);
  });
});

describe('the operator', () => {
  const EMPTY = { deployments: read([]), pods: read([]) };
  const waiting = (reason: string, message: string) => ({
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [{ name: 'manager', state: { waiting: { reason, message } } }],
  });
  const crashing = {
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [
      {
        name: 'manager',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
      },
    ],
  };
  const scheduled = {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' },
    ],
  };
  const silent = read({ spec: { holderIdentity: 'a', renewTime: '2026-11-25T03:00:00Z' } });
  const image = (tag: string) => ({
    deployments: read([operatorDeployment({ image: `registry:5000/gmsa-operator${tag}` })]),
    pods: read([operatorPod({ image: `registry:5000/gmsa-operator${tag}` })]),
  });
  const failure = {
    conditions: [
      {
        ...{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
        message: 'pods "x" is forbidden: exceeded quota',
      },
    ],
  };
  const partly = { replicas: 2, status: { availableReplicas: 1 } };

  it.each<readonly [string, string, Partial<OperatorWorkload>, Partial<Snapshot>]>([
    ['note', 'what leads runs outside of the cluster', EMPTY, {}],
    ['error', 'there is no Deployment of the operator', EMPTY, { lease: silent }],
    ['warning', 'there is no Deployment of the operator', EMPTY, { lease: UNREADABLE }],
    ['note', 'but there is one in identity', { ...EMPTY, elsewhere: ['identity'] }, {}],
    [
      'error',
      'but there is one in identity',
      { ...EMPTY, elsewhere: ['identity'] },
      { lease: ABSENT },
    ],
    ['unknown', 'Deployments in namespace', { deployments: UNREADABLE }, {}],
    ['unknown', 'pods in namespace', { pods: UNREADABLE }, {}],
    [
      'error',
      'is scaled to 0 replicas',
      { deployments: read([operatorDeployment({ replicas: 0 })]), pods: read([]) },
      {},
    ],
    [
      'error',
      '0 of 1 replicas available: pods "x" is forbidden: exceeded quota',
      { deployments: read([operatorDeployment({ status: failure })]) },
      {},
    ],
    [
      'warning',
      '1 of 2 replicas available',
      { deployments: read([operatorDeployment(partly)]) },
      {},
    ],
    [
      'error',
      'pod gmsa-operator-0 ends again and again: CrashLoopBackOff, ended with OOMKilled, exit code 137',
      { pods: read([operatorPod({ status: crashing })]) },
      {},
    ],
    [
      'warning',
      'pod b does not get its image: ImagePullBackOff: Back-off pulling image "x"',
      {
        pods: read([
          operatorPod(),
          operatorPod({
            name: 'b',
            status: waiting('ImagePullBackOff', 'Back-off pulling image "x"'),
          }),
        ]),
      },
      {},
    ],
    [
      'error',
      'is not started: CreateContainerConfigError: secret "x" not found',
      {
        pods: read([
          operatorPod({ status: waiting('CreateContainerConfigError', 'secret "x" not found') }),
        ]),
      },
      {},
    ],
    [
      'error',
      'is not started: Unschedulable: 0/1 nodes',
      { pods: read([operatorPod({ status: { containerStatuses: [], ...scheduled } })]) },
      {},
    ],
    [
      'error',
      'pod gmsa-operator-0 is not ready',
      { pods: read([operatorPod({ status: { conditions: [] } })]) },
      {},
    ],
    ['warning', 'is of version 0.3.1, and this plugin of 0.1.0', image(':0.3.1'), {}],
    ['warning', 'is of version v1.1.0-rc.1', image(':v1.1.0-rc.1@sha256:0a'), {}],
    ['note', 'which version image registry:5000/gmsa-operator is', image(''), {}],
    ['note', 'which version image registry:5000/gmsa-operator@sha256', image('@sha256:0a'), {}],
  ])('has the %s that %s', (severity, message, more, change) => {
    const own = wrong({ workload: soundWorkload(more), ...change }).filter(
      (finding) => finding.area === 'operator' && !finding.message.includes('Lease'),
    );
    expect(own).toEqual([
      {
        ...{ severity, area: 'operator', remedy: expect.any(String) },
        message: expect.stringContaining(message),
      },
    ]);
  });

  it.each([':0.0.9', ':0.2.0', ':v0.1.7', ':0.1.0@sha256:0a'])('may be of version %s', (tag) => {
    expect(wrong({ workload: soundWorkload(image(tag)) })).toEqual([]);
  });

  it('does not miss pods that have ended or are going', () => {
    const pods = read([
      operatorPod(),
      operatorPod({ name: 'evicted', status: { phase: 'Failed', conditions: [] } }),
      operatorPod({
        name: 'going',
        status: { conditions: [] },
        metadata: { deletionTimestamp: '2026-11-25T03:59:00Z' },
      }),
    ]);
    expect(wrong({ workload: soundWorkload({ pods }) })).toEqual([]);
  });

  it('of a release of Helm gets its rights from that again', () => {
    const metadata = {
      labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'prod' },
      annotations: { 'meta.helm.sh/release-name': 'gmsa' },
    };
    const change = {
      missingPermissions: read([{ verb: 'list', group: '', resource: 'namespaces' }]),
      policies: read([]),
    };
    const remedies = (workload: OperatorWorkload) =>
      wrong({ ...change, workload }).map(({ remedy }) => remedy);
    const ofHelm = soundWorkload({ deployments: read([operatorDeployment({ metadata })]) });
    const command = 'helm upgrade gmsa charts/gmsa-operator --namespace gmsa-operator-system';
    expect(remedies(ofHelm)).toEqual([
      expect.stringContaining(command),
      expect.stringContaining(command),
    ]);
    const labelled = { ...EMPTY, deployments: UNREADABLE, pods: read([operatorPod({ metadata })]) };
    expect(remedies(soundWorkload(labelled))).toContainEqual(
      expect.stringContaining('helm upgrade gmsa '),
    );
    expect(remedies(soundWorkload())).toEqual([
      DOCTOR_REMEDIES['permission-missing'],
      DOCTOR_REMEDIES['policy-missing'],
    ]);
  });
});
