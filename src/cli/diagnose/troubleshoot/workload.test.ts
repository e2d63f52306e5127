// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { selectorText } from '../reading.ts';
import { webapp1Pod } from '../testing/pods.ts';
import { hasNamesake, isOfWholePod, subjectOf } from './subject.ts';
import {
  choosePod,
  failureInStatus,
  missingPods,
  newest,
  whyNoPods,
  type WorkloadObject,
} from './workload.ts';

const workload = (kind: string, more: Partial<WorkloadObject> = {}): WorkloadObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', uid: 'u' },
  ...more,
});

describe('selectorText', () => {
  it('writes a selector as it stands in a query', () => {
    expect(
      selectorText({
        matchLabels: { app: 'web', tier: 'front' },
        matchExpressions: [
          { key: 'a', operator: 'In', values: ['1', '2'] },
          { key: 'b', operator: 'NotIn', values: ['3'] },
          { key: 'c', operator: 'Exists' },
          { key: 'd', operator: 'DoesNotExist' },
        ],
      }),
    ).toBe('app=web,tier=front,a in (1,2),b notin (3),c,!d');
  });
});

describe('missingPods', () => {
  const pods = [webapp1Pod(), webapp1Pod({ name: 'ended', status: { phase: 'Succeeded' } })];
  it.each([
    [1, workload('Deployment', { spec: { replicas: 2 } })],
    [0, workload('StatefulSet')],
    [0, workload('Deployment', { spec: { replicas: 0 } })],
    [2, workload('DaemonSet', { status: { desiredNumberScheduled: 3 } })],
    [1, workload('Job', { spec: { parallelism: 3 }, status: { succeeded: 1 } })],
  ])('counts %i', (missing, of) => {
    expect(missingPods(of, pods)).toBe(missing);
  });
});

describe('whyNoPods', () => {
  const ended = (type: string) => ({ conditions: [{ type, status: 'True' }] });
  it.each([
    ['replicas: 0', workload('Deployment', { spec: { replicas: 0 } })],
    [undefined, workload('StatefulSet')],
    [
      'it chooses none of the nodes',
      workload('DaemonSet', { status: { desiredNumberScheduled: 0 } }),
    ],
    [undefined, workload('DaemonSet')],
    ['suspend: true', workload('Job', { spec: { suspend: true } })],
    ['the job has ended (Failed)', workload('Job', { status: ended('Failed') })],
    [undefined, workload('Job', { status: { failed: 1, ...ended('FailureTarget') } })],
  ])('is %s', (why, of) => {
    expect(whyNoPods(of)).toBe(why);
  });
});

describe('failureInStatus', () => {
  const of = (status: string, type = 'ReplicaFailure') =>
    failureInStatus(
      workload('ReplicaSet', {
        metadata: { name: 'web-6d4', namespace: 'prod', uid: 'u' },
        status: {
          conditions: [{ type, status, reason: 'FailedCreate', message: 'exceeded quota' }],
        },
      }),
    );

  it('tells as an Event does of the pod that a ReplicaSet cannot make', () => {
    expect(of('True')).toMatchObject({
      involvedObject: { kind: 'ReplicaSet', namespace: 'prod', name: 'web-6d4', uid: 'u' },
      reason: 'FailedCreate',
      message: 'exceeded quota',
    });
    expect(of('False')).toBe(undefined);
    expect(of('True', 'Available')).toBe(undefined);
  });
});

describe('choosePod', () => {
  it('takes one that does not run before one that does, and none that has ended', () => {
    const running = webapp1Pod({ name: 'running' });
    const pending = webapp1Pod({ name: 'pending', status: { phase: 'Pending' } });
    const ended = webapp1Pod({ name: 'ended', status: { phase: 'Failed' } });
    expect(choosePod([ended, running, pending])?.metadata.name).toBe('pending');
    expect(choosePod([ended, running])?.metadata.name).toBe('running');
    expect(choosePod([ended])?.metadata.name).toBe('ended');
    expect(choosePod([])).toBe(undefined);
  });
});

describe('newest', () => {
  it('goes by the revision, not by the age', () => {
    const set = (revision: string) =>
      workload('ReplicaSet', {
        metadata: {
          name: revision,
          uid: revision,
          annotations: { 'deployment.kubernetes.io/revision': revision },
        },
      });
    expect(newest([set('9'), set('10'), set('2')])?.metadata.name).toBe('10');
  });
});

describe('hasNamesake', () => {
  const subject = (name: string) =>
    subjectOf(webapp1Pod({ name }), { container: undefined, nodeOs: undefined });

  it('goes by the 15 characters that Windows keeps', () => {
    const other = webapp1Pod({ name: 'webapp1-6d4cf56db6-other' });
    expect(hasNamesake(subject('webapp1-6d4cf56db6-x7k2p'), [other])).toBe(true);
    expect(hasNamesake(subject('webapp1-x7k2p'), [webapp1Pod({ name: 'webapp1-other' })])).toBe(
      false,
    );
  });

  it('knows host names, and pods that are none', () => {
    const random = webapp1Pod({ name: 'webapp1-6d4cf56db6-other', spec: { hostname: 'k2x7p' } });
    const itself = webapp1Pod();
    expect(hasNamesake(subject(itself.metadata.name), [random, itself])).toBe(false);
  });
});

describe('subjectOf', () => {
  it('takes the container that was asked for, else the first that runs under a GMSA', () => {
    const windowsOptions = { gmsaCredentialSpecName: 'webapp1' };
    const pod = {
      ...webapp1Pod(),
      spec: {
        os: { name: 'windows' },
        containers: [{ name: 'log' }, { name: 'iis', securityContext: { windowsOptions } }],
      },
    };
    const of = (container?: string) => subjectOf(pod, { container, nodeOs: undefined });
    expect(of().container).toBe('iis');
    expect(of('log').use).toEqual({ credspec: undefined, contents: undefined });
    expect(() => of('none')).toThrow('has no container "none"');
  });

  describe('where not all containers are the account', () => {
    const windowsOptions = { gmsaCredentialSpecName: 'webapp1' };
    const plain = { securityContext: {}, containers: [{ name: 'iis' }] };
    const setup = { name: 'setup', securityContext: { windowsOptions } };
    const later = { name: 'later', securityContext: { windowsOptions } };
    const chosen = (spec: object, status = {}, container?: string) => {
      const pod = webapp1Pod({ spec: { ...plain, ...spec }, status });
      const subject = subjectOf(pod, { container, nodeOs: undefined });
      return [subject.placed.list, subject.container, isOfWholePod(subject)];
    };

    it.each([
      ['an init container', { initContainers: [setup] }, ['initContainers', 'setup', false]],
      [
        'an ephemeral container',
        { initContainers: [{ name: 'x' }], ephemeralContainers: [setup] },
        ['ephemeralContainers', 'setup', false],
      ],
      [
        'a container before both',
        { containers: [{ name: 'iis' }, later], initContainers: [setup] },
        ['containers', 'later', false],
      ],
      ['nobody, so the first', { initContainers: [{ name: 'x' }] }, ['containers', 'iis', true]],
    ])('takes %s', (_, spec, expected) => {
      expect(chosen(spec)).toEqual(expected);
    });

    it('takes one that still runs before one that has ended', () => {
      const initContainers = [setup, later];
      const initContainerStatuses = [
        { name: 'setup', state: { terminated: { exitCode: 0 } } },
        { name: 'later', state: { running: {} } },
      ];
      expect(chosen({ initContainers }, { initContainerStatuses })[1]).toBe('later');
      expect(chosen({ initContainers: [setup] }, { initContainerStatuses })[1]).toBe('setup');
    });

    it('finds any of them by its name, and lists all', () => {
      const spec = { initContainers: [setup], ephemeralContainers: [later] };
      expect(chosen(spec, {}, 'iis')[0]).toBe('containers');
      expect(chosen(spec, {}, 'later')[0]).toBe('ephemeralContainers');
      expect(() => chosen(spec, {}, 'none')).toThrow(
        expect.objectContaining({
          hint: 'it has: iis, setup (init container), later (ephemeral container)',
        }),
      );
    });
  });

  it('has no use for pods of another operating system', () => {
    const pod = webapp1Pod({ spec: { os: { name: 'linux' } } });
    expect(() => subjectOf(pod, { container: undefined, nodeOs: 'linux' })).toThrow(
      'pod prod/webapp1-6d4cf56db6-x7k2p is not a Windows pod but one for linux',
    );
  });

  it('goes on where nobody knows which operating system a pod is for', () => {
    const spec = { nodeSelector: { agentpool: 'win' } };
    const pod = { ...webapp1Pod(), spec: { containers: [{ name: 'iis' }], ...spec } };
    const of = (nodeOs: string | undefined) =>
      subjectOf(pod, { container: undefined, nodeOs }).isKnownToBeWindows;
    expect(of(undefined)).toBe(false);
    expect(of('windows')).toBe(true);
    expect(() => of('linux')).toThrow('is not a Windows pod');
  });
});
