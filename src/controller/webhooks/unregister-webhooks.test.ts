// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { unregisterWebhooks } from './unregister-webhooks.ts';

type ApiRequest = Parameters<KubeClient['request']>[0];

const OURS = { 'app.kubernetes.io/managed-by': 'gmsa-operator' };

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Runs for `ms` milliseconds on a server that answers each GET as told. */
async function run(get: (attempt: number) => object, ms = 0, remove: () => object = () => ({})) {
  const deleted: string[] = [];
  const attempts = new Map<string, number>();
  const client = {
    request: ({ method, path, body }: ApiRequest) => {
      if (method === 'DELETE') {
        deleted.push(`${path.split('/').at(-2) ?? ''} ${JSON.stringify(body)}`);
        return Promise.resolve().then(remove);
      }
      const attempt = (attempts.get(path) ?? 0) + 1;
      attempts.set(path, attempt);
      return Promise.resolve().then(() => get(attempt));
    },
  } as unknown as KubeClient;
  const log = createRecordingLogger();
  const stop = new AbortController();
  const ended = unregisterWebhooks(client, log, stop.signal);
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };
  for (let passed = 0; passed <= ms; passed += 1000) {
    await turns();
    await jest.advanceTimersByTimeAsync(1000);
  }
  await turns();
  stop.abort();
  await ended;
  return { deleted, log, attempts: Math.max(...attempts.values()) };
}

const labelled = (labels: object) => ({
  metadata: { name: 'gmsa-operator', uid: 'uid-1', labels },
});

it('both configurations are deleted, as they were seen', async () => {
  const { deleted, log } = await run(() => labelled(OURS));
  expect(deleted.map((each) => each.split(' ')[0]).toSorted()).toEqual([
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
  ]);
  expect(deleted[0]).toContain('"preconditions":{"uid":"uid-1"}');
  expect(log.lines.map(({ level }) => level)).toEqual(['info', 'info']);
});

it.each<readonly [string, () => object]>([
  [
    'are not there',
    () => {
      throw new ApiError('GET', 404, {});
    },
  ],
  ['are not the operator’s', () => labelled({})],
  [
    'may not be read',
    () => {
      throw new ApiError('GET', 403, {});
    },
  ],
])('configurations that %s are left alone', async (_, get) => {
  const { deleted, log, attempts } = await run(get, 5_000);
  expect(deleted).toEqual([]);
  expect(attempts).toBe(1);
  expect(log.lines).toEqual([]);
});

it('what fails is tried again, and logged when it fails again and again', async () => {
  const { deleted, log } = await run((attempt) => {
    if (attempt <= 3) throw new ApiError('GET', 503, {});
    return labelled(OURS);
  }, 5_000);
  expect(deleted).toHaveLength(2);
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
});

it('a log line says what to do if the operator may not delete them', async () => {
  const { log } = await run(
    () => labelled(OURS),
    5_000,
    () => {
      throw new ApiError('DELETE', 403, {});
    },
  );
  const errors = log.lines.map(({ fields }) => String(fields['error']));
  expect(errors).toContainEqual(
    expect.stringContaining('kubectl delete mutatingwebhookconfigurations gmsa-operator'),
  );
});
