// SPDX-License-Identifier: Apache-2.0
// Against an API server that is scripted, for who spoils a Secret is a matter of chance there; what it does
// with each request is in test/integration.
import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import { createKeptSecret } from './kept-secret.ts';
import type { SecretData } from '../../pki/certificate-secret.ts';
import { type CachedSecret, decodeSecret } from './secret.ts';

const FREE_REPAIRS = 5;

const KEY = 'gmsa/ca';

/** A Secret that is stored as `stored` says. */
function keptIn(stored: (data: SecretData) => SecretData) {
  let current: CachedSecret | undefined;
  let version = 0;
  const requests: ApiRequest[] = [];
  const client = {
    request: (request: ApiRequest) => {
      requests.push(request);
      const { data } = request.body as { readonly data: SecretData };
      return Promise.resolve({
        metadata: {
          name: 'ca',
          namespace: 'gmsa',
          uid: 'uid-1',
          resourceVersion: String(++version),
        },
        type: 'kubernetes.io/tls',
        data: stored(data),
      });
    },
  } as unknown as KubeClient;
  const informer = {
    get: (key: string) => (key === KEY ? current : undefined),
    observe: (raw: RawObject) => {
      current = decodeSecret(raw);
    },
  } as Informer<CachedSecret>;
  const log = createRecordingLogger();
  const kept = createKeptSecret({
    client,
    informer,
    namespace: 'gmsa',
    name: 'ca',
    fieldManager: 'us',
    creator: 'us-1',
    log,
    signal: new AbortController().signal,
  });
  return {
    kept,
    requests,
    log,
    become: (data: SecretData | undefined) => {
      current = data && current && { ...current, data };
    },
  };
}

const write = (kept: ReturnType<typeof keptIn>['kept'], text: string) =>
  kept.write(kept.current(), { 'tls.crt': text });

describe('a Secret that is kept', () => {
  it('is written at once as long as what was written stays, however often', async () => {
    const { kept, log } = keptIn((data) => data);
    for (let i = 0; i < 20; i++) {
      expect(kept.waitMs()).toBe(0);
      await write(kept, String(i));
    }
    expect(log.lines).toEqual([]);
  });

  it('is not spoilt by what others keep beside', async () => {
    const { kept } = keptIn((data) => ({ ...data, note: 'mine' }));
    for (let i = 0; i < 20; i++) await write(kept, String(i));
    expect(kept.waitMs()).toBe(0);
  });

  it.each<readonly [string, SecretData | undefined]>([
    ['deletes it', undefined],
    ['changes it', { 'tls.crt': 'rubbish' }],
  ])('waits where somebody %s again and again, and says so', async (_, spoilt) => {
    const { kept, log, become } = keptIn((data) => data);
    await write(kept, 'first');
    for (let i = 0; i < FREE_REPAIRS; i++) {
      become(spoilt);
      expect(kept.waitMs()).toBe(0);
      await write(kept, String(i));
    }
    expect(kept.waitMs()).toBe(0);
    become(spoilt);
    expect(kept.waitMs()).toBeGreaterThan(0);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('does not stay as it is written'),
        fields: { secret: KEY },
      },
    ]);
  });

  it('waits where something alters it on the way', async () => {
    const { kept, requests } = keptIn(() => ({ 'tls.crt': 'another' }));
    while (kept.waitMs() === 0) await write(kept, 'ours');
    expect(requests).toHaveLength(FREE_REPAIRS + 1);
  });
});
