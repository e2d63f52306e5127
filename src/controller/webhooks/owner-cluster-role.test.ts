// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { ownerClusterRole } from './owner-cluster-role.ts';

/** A lookup on a server that answers with each of `answers`, the last one from then on. */
function setUp(name: string | undefined, answers: readonly (number | string)[]) {
  const log = createRecordingLogger();
  let requests = 0;
  const client = {
    request: () => {
      const answer = answers[Math.min(requests++, answers.length - 1)];
      return typeof answer === 'string'
        ? Promise.resolve({ metadata: { name, uid: answer } })
        : Promise.reject(new ApiError('GET', answer ?? 500, {}));
    },
  } as unknown as KubeClient;
  return { log, owner: ownerClusterRole(client, name, log), requests: () => requests };
}

describe('the ClusterRole that owns the configurations', () => {
  it('is none, and is not looked up, if none is wanted', async () => {
    const { owner, requests } = setUp(undefined, ['uid-1']);
    owner.forget();
    expect(await owner.get()).toBeUndefined();
    expect(requests()).toBe(0);
  });

  it('is looked up once, and again after a configuration went missing', async () => {
    const { owner, requests } = setUp('op', ['uid-1', 'uid-2']);
    expect(await owner.get()).toEqual({ name: 'op', uid: 'uid-1' });
    expect(await owner.get()).toEqual({ name: 'op', uid: 'uid-1' });
    expect(requests()).toBe(1);
    owner.forget();
    expect(await owner.get()).toEqual({ name: 'op', uid: 'uid-2' });
  });

  it('is none if it does not exist, which is logged once', async () => {
    const { owner, log } = setUp('op', [404]);
    expect(await owner.get()).toBeUndefined();
    owner.forget();
    expect(await owner.get()).toBeUndefined();
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { clusterRole: 'op' } }]);
  });

  it('is not called missing when the API server fails, and is looked up again', async () => {
    const { owner } = setUp('op', [503, 'uid-1']);
    await expect(owner.get()).rejects.toThrow('503');
    expect(await owner.get()).toEqual({ name: 'op', uid: 'uid-1' });
  });
});
