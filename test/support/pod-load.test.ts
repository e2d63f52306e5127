// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubeClient } from '../../src/kube/client/client.ts';
import { startPodLoad } from './pod-load.ts';
import { waitFor } from './wait-for.ts';

/** A client whose requests wait for an answer. */
function slowClient() {
  const requests: ApiRequest[] = [];
  const waiting: PromiseWithResolvers<unknown>[] = [];
  const client: KubeClient = {
    request<T>(request: ApiRequest) {
      requests.push(request);
      const answer = Promise.withResolvers<unknown>();
      waiting.push(answer);
      return answer.promise as Promise<T>;
    },
    watch() {
      throw new Error('nobody watches here');
    },
    close: () => undefined,
  };
  return { client, requests, waiting };
}

function startLoad(client: KubeClient, options: { readonly dryRun?: boolean } = {}) {
  let number = 0;
  const pod = () => ({ metadata: { name: `pod-${++number}` } });
  return startPodLoad({ client, namespace: 'team', concurrency: 3, pod, ...options });
}

describe('a pod load', () => {
  it('has so many creations under way, and begins one for each that is answered', async () => {
    const { client, requests, waiting } = slowClient();
    const load = startLoad(client);
    expect(requests).toHaveLength(3);
    waiting[1]?.resolve({});
    await waitFor('the next', () => requests.length === 4);
    expect(load.count()).toBe(1);
    expect(requests.map(({ body }) => body)).toEqual(
      [1, 2, 3, 4].map((number) => ({ metadata: { name: `pod-${number}` } })),
    );
    const result = load.stop();
    for (const each of waiting) each.resolve({});
    expect(await result).toEqual({ created: 4, failures: [] });
    expect(requests).toHaveLength(4);
  });

  it('goes on after a refusal, counts it apart, and keeps what was said', async () => {
    const { client, requests, waiting } = slowClient();
    const load = startLoad(client);
    waiting[0]?.reject(new Error('POST: 500 failed calling webhook'));
    await waitFor('the next', () => requests.length === 4);
    expect(load.failures()).toEqual(['POST: 500 failed calling webhook']);
    const result = load.stop();
    for (const each of waiting) each.resolve({});
    expect(await result).toEqual({ created: 3, failures: ['POST: 500 failed calling webhook'] });
    expect(requests).toHaveLength(4);
  });

  it.each([
    [{}, undefined],
    [{ dryRun: true }, 'All'],
  ])('asks for a dry run only where it is told to: %j', async (options, dryRun) => {
    const { client, requests, waiting } = slowClient();
    const result = startLoad(client, options).stop();
    for (const each of waiting) each.resolve({});
    await result;
    const paths = requests.map(({ method, path, query }) => [method, path, query?.['dryRun']]);
    expect(paths[0]).toEqual(['POST', '/api/v1/namespaces/team/pods', dryRun]);
  });
});
