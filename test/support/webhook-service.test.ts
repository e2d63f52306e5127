// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../src/kube/client/api-error.ts';
import type { ApiRequest, KubeClient } from '../../src/kube/client/client.ts';
import { createWebhookService, endpointSliceOf } from './webhook-service.ts';

const SERVICE = { namespace: 'gmsa-operator-system', name: 'webhook', address: '192.0.2.7' };

/** A client that answers everything as `answer` does, and what it was asked for. */
function recordingClient(answer: (request: ApiRequest) => unknown = () => ({})) {
  const requests: string[] = [];
  const client: KubeClient = {
    async request<T>(request: ApiRequest) {
      requests.push(`${request.method} ${request.path.split('/').slice(-2).join('/')}`);
      return (await answer(request)) as T;
    },
    watch() {
      throw new Error('nobody watches here');
    },
    close: () => undefined,
  };
  return { client, requests };
}

const ready = (port: number) => ({ port, ready: true });

describe('endpointSliceOf', () => {
  it.each([
    ['ready', { port: 20001, ready: true }, { ready: true, serving: true, terminating: false }],
    [
      'not ready',
      { port: 20001, ready: false },
      { ready: false, serving: false, terminating: false },
    ],
    [
      'terminating',
      { port: 20001, ready: true, terminating: true },
      { ready: false, serving: true, terminating: true },
    ],
  ])('lists a replica that is %s', (_what, replica, conditions) => {
    expect(endpointSliceOf(SERVICE, replica)).toMatchObject({
      metadata: {
        name: 'webhook-20001',
        labels: { 'kubernetes.io/service-name': 'webhook' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'https', port: 20001 }],
      endpoints: [{ addresses: ['192.0.2.7'], conditions }],
    });
  });

  it('says of what family the address is', () => {
    const slice = endpointSliceOf({ ...SERVICE, address: '2001:db8::7' }, ready(20001));
    expect(slice.addressType).toBe('IPv6');
  });
});

describe('a webhook service', () => {
  it('writes what changed, new endpoints before it removes old ones', async () => {
    const { client, requests } = recordingClient();
    const service = await createWebhookService(client, SERVICE);
    await service.setReplicas([ready(1), ready(2)]);
    await service.setReplicas([ready(2), ready(3)]);
    await service.setReplicas([ready(2), { port: 3, ready: false }]);
    expect(requests).toEqual([
      'PATCH services/webhook',
      'PATCH endpointslices/webhook-1',
      'PATCH endpointslices/webhook-2',
      'PATCH endpointslices/webhook-3',
      'DELETE endpointslices/webhook-1',
      'PATCH endpointslices/webhook-3',
    ]);
  });

  it('lets calls take effect in their order', async () => {
    const first = Promise.withResolvers<object>();
    const { client, requests } = recordingClient(({ path }) =>
      path.endsWith('webhook-1') ? first.promise : {},
    );
    const service = await createWebhookService(client, SERVICE);
    const done = [service.setReplicas([ready(1)]), service.setReplicas([ready(2)])];
    first.resolve({});
    await Promise.all(done);
    expect(requests.slice(1)).toEqual([
      'PATCH endpointslices/webhook-1',
      'PATCH endpointslices/webhook-2',
      'DELETE endpointslices/webhook-1',
    ]);
  });

  it('tries again what has failed, and does not mind what is gone already', async () => {
    let failures = 1;
    const { client, requests } = recordingClient(({ method }) => {
      if (method === 'DELETE') throw new ApiError('DELETE', 404, {});
      if (requests.length > 1 && failures-- > 0) throw new ApiError('PATCH', 500, {});
      return {};
    });
    const service = await createWebhookService(client, SERVICE);
    await expect(service.setReplicas([ready(1)])).rejects.toThrow('500');
    await service.setReplicas([ready(1)]);
    await service.setReplicas([]);
    await service.setReplicas([]);
    expect(requests.slice(1)).toEqual([
      'PATCH endpointslices/webhook-1',
      'PATCH endpointslices/webhook-1',
      'DELETE endpointslices/webhook-1',
    ]);
  });
});
