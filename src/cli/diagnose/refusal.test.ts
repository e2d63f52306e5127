// SPDX-License-Identifier: Apache-2.0
// The messages are made by the code that denies, so that the two cannot come apart.
import { describe, expect, it } from '@jest/globals';
import * as denials from '../../admission/pods/denials.ts';
import { podPlaces } from '../../admission/pods/places.ts';
import { type EventObject, failedCreateOf, refusalOf } from './refusal.ts';

const [place] = podPlaces({ metadata: { name: 'web' }, spec: { containers: [{ name: 'main' }] } });
if (place === undefined) throw new Error('a pod has places');
const use = { namespace: 'prod', serviceAccount: 'web', credspecName: 'webapp1' };

function event(message: string, more: Partial<EventObject> = {}): EventObject {
  return {
    metadata: {},
    involvedObject: { kind: 'ReplicaSet', namespace: 'prod', name: 'web-6d4', uid: 'u' },
    reason: 'FailedCreate',
    message,
    count: 3,
    lastTimestamp: '2026-11-25T03:00:00Z',
    ...more,
  };
}

const denied = (message: string): string =>
  `Error creating: admission webhook "validate-pods.gmsa-operator.io" denied the request: ${message}`;

const QUOTA = 'Error creating: pods "web" is forbidden: exceeded quota';

describe('refusalOf', () => {
  it.each([
    ['not-authorized', denials.notAuthorized(use, undefined), 'webapp1'],
    ['no-such-credspec', denials.doesNotExist('webapp1', place), 'webapp1'],
    ['no-contents', denials.hasNoContents('webapp1'), 'webapp1'],
    ['contents-wrong', denials.contentsWithoutName(place), undefined],
    ['contents-wrong', denials.contentsDoNotMatch('webapp1', place), 'webapp1'],
    ['contents-not-filled-in', denials.contentsNotInlined('webapp1', place), 'webapp1'],
    ['undecided', denials.cannotLookUp('webapp1', 'why'), 'webapp1'],
    ['undecided', denials.cannotAuthorize(use, 'why'), 'webapp1'],
    ['other', denials.cannotUpdate('name', place), undefined],
  ])('knows %s by the message of the denial', (reason, { message }, credspec) => {
    expect(refusalOf(event(denied(message)))).toEqual({
      reason,
      credspec,
      serviceAccount: reason === 'not-authorized' ? 'web' : undefined,
      namespace: 'prod',
      owner: 'ReplicaSet web-6d4',
      ownerUid: 'u',
      message,
      count: 3,
      lastSeen: '2026-11-25T03:00:00Z',
    });
  });

  it.each(['mutate-pods.gmsa-operator.io', 'admission-webhook.windows-gmsa.sigs.k8s.io'])(
    'knows that nobody answers for %s',
    (webhook) => {
      const message = `Error creating: Internal error occurred: failed calling webhook "${webhook}": connection refused`;
      expect(refusalOf(event(message))?.reason).toBe('nobody-answers');
    },
  );

  it('leaves alone what is about something else', () => {
    expect(refusalOf(event(QUOTA))).toBe(undefined);
    expect(refusalOf(event(denied('no'), { reason: 'Unhealthy' }))).toBe(undefined);
  });
});

describe('failedCreateOf', () => {
  it('tells of whatever kept a pod from being made', () => {
    expect(failedCreateOf(event(QUOTA))).toMatchObject({
      reason: 'other',
      owner: 'ReplicaSet web-6d4',
      message: 'pods "web" is forbidden: exceeded quota',
      count: 3,
    });
    const { message } = denials.hasNoContents('webapp1');
    expect(failedCreateOf(event(denied(message)))).toMatchObject({
      reason: 'no-contents',
      message,
    });
    expect(failedCreateOf(event(QUOTA, { reason: 'Unhealthy' }))).toBe(undefined);
  });
});
