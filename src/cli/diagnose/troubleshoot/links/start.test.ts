// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { EventObject } from '../../refusal.ts';
import { webapp1Pod } from '../../testing/pods.ts';
import { read } from '../../testing/read.ts';
import { judgeStart } from './start.ts';

describe('judgeStart', () => {
  const IIS = { list: 'containers', container: { name: 'iis' } } as const;
  const waiting = (reason: string, message?: string) =>
    webapp1Pod({
      status: {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'iis',
            state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
          },
        ],
      },
    });
  const event = (message: string): EventObject => ({
    metadata: {},
    involvedObject: {},
    type: 'Warning',
    reason: 'FailedCreatePodSandBox',
    message,
    lastTimestamp: '2026-11-25T03:00:00Z',
  });
  // microsoft/Windows-Containers 221 and 541, within what kubelet says around it.
  const GUARD =
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox container task: hcs::CreateComputeSystem a7d2856c: winapi error #3489792023.: unknown';

  it.each([
    ['holds', undefined, webapp1Pod(), [], false],
    ['broken', 'ended', webapp1Pod({ status: { phase: 'Failed' } }), [], false],
    ['broken', 'sandbox-plugin', waiting('ContainerCreating'), [event(GUARD)], true],
    ['broken', 'sandbox-domain', waiting('ContainerCreating'), [event(GUARD)], false],
    [
      'broken',
      'not-started',
      waiting('ContainerCreating'),
      [event('hcs::CreateComputeSystem: The directory name is invalid.')],
      true,
    ],
    ...[
      'hcs::CreateComputeSystem 5eb7ad90: The parameter is incorrect.: unknown',
      'hcs::CreateComputeSystem 5eb7ad90: The virtual machine or container JSON document is invalid.: unknown',
      'hcs::CreateComputeSystem 5eb7ad90: winapi error #2151088397.: unknown',
      'failed to generate container credential guard instance: failed in Windows system call: The data is invalid.',
      'Container Credential Guard failed to parse the credential spec. Error: 0x80070057',
    ].map(
      (message) =>
        [
          'broken',
          'sandbox-contents',
          waiting('ContainerCreating'),
          [event(message)],
          true,
        ] as const,
    ),
    [
      'broken',
      'not-started',
      waiting('ContainerCreating'),
      [event('MountVolume.SetUp failed: New-SmbGlobalMapping: The parameter is incorrect.')],
      false,
    ],
    ['broken', 'not-started', waiting('ErrImagePull', 'no such image'), [], false],
    [
      'broken',
      'sandbox-domain',
      waiting('RunContainerError', 'failed to set up the external credentials'),
      [],
      false,
    ],
    [
      'broken',
      'not-scheduled',
      webapp1Pod({
        status: {
          phase: 'Pending',
          containerStatuses: [],
          conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes' }],
        },
      }),
      [],
      false,
    ],
  ])('is %s (%s)', (outcome, remedy, pod, events, usesPlugin) => {
    expect(judgeStart(pod, IIS, read(events), { usesPlugin })).toMatchObject({
      outcome,
      ...(remedy && { remedy }),
    });
  });

  it.each([
    [waiting('ContainerCreating'), 'ContainerCreating; '],
    [webapp1Pod({ status: { phase: 'Pending', containerStatuses: [] } }), ''],
  ])('says that Events may not be listed', (pod, said) => {
    const events = { type: 'unreadable', why: 'events is forbidden' } as const;
    expect(judgeStart(pod, IIS, events, { usesPlugin: false })).toEqual({
      outcome: 'broken',
      detail: `the container does not run: ${said}you may not list Events, which may say why: events is forbidden`,
      remedy: 'may-not-list-events',
    });
  });

  it('does not show what a plug-in is called with', () => {
    const pod = waiting('ContainerCreating');
    const said = event('CredentialSpec failed: {"PluginInput":"hunter2"}');
    expect(judgeStart(pod, IIS, read([said]), { usesPlugin: true }).detail).not.toContain(
      'hunter2',
    );
  });
});

describe('judgeStart, of containers that end', () => {
  const of = (
    list: 'ephemeralContainers' | 'initContainers',
    state: object,
    { restartPolicy, lastState = {} }: { restartPolicy?: string; lastState?: object } = {},
  ) => {
    const container = { name: 'setup', ...(restartPolicy && { restartPolicy }) };
    const statuses = [{ name: 'setup', state, lastState }];
    const pod = webapp1Pod({
      spec: { [list]: [container] },
      status: {
        phase: 'Pending',
        [list === 'initContainers' ? 'initContainerStatuses' : 'ephemeralContainerStatuses']:
          statuses,
      },
    });
    return judgeStart(pod, { list, container }, read([]), { usesPlugin: false });
  };
  const ended = (exitCode: number) => ({ terminated: { exitCode } });

  it.each([
    ['holds', undefined, of('initContainers', { running: {} })],
    ['holds', undefined, of('ephemeralContainers', { running: {} })],
    ['unknown', 'init-container-ended', of('initContainers', ended(0))],
    ['broken', 'init-container-ended', of('initContainers', ended(1))],
    [
      'broken',
      'init-container-ended',
      of('initContainers', { waiting: { reason: 'CrashLoopBackOff' } }, { lastState: ended(1) }),
    ],
    ['broken', 'not-started', of('initContainers', { waiting: { reason: 'PodInitializing' } })],
    ['broken', 'not-started', of('initContainers', ended(0), { restartPolicy: 'Always' })],
    ['unknown', 'ephemeral-container-ended', of('ephemeralContainers', ended(1))],
  ])('is %s (%s)', (outcome, remedy, verdict) => {
    expect(verdict).toMatchObject({ outcome, ...(remedy && { remedy }) });
  });

  it('knows an init container that ends because it got no credentials', () => {
    const terminated = { exitCode: 128, reason: 'StartError', message: 'logon failure' };
    expect(of('initContainers', { terminated }).remedy).toBe('sandbox-domain');
  });
});
