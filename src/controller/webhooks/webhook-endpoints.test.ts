// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubeClient } from '../../kube/client/client.ts';
import { serverNames } from './webhook-controller.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';

const SIGNAL = new AbortController().signal;
const SERVICE = { type: 'service', namespace: 'gmsa', name: 'webhook' } as const;

/** An API server that has these EndpointSlices. */
function clusterWith(items: unknown) {
  const requests: ApiRequest[] = [];
  const client = {
    request: (request: ApiRequest) => {
      requests.push(request);
      return Promise.resolve({ items });
    },
  } as unknown as KubeClient;
  return { client, requests };
}

describe('the endpoints of the webhooks', () => {
  it('are those of the Service that are ready, known by the name of the Service', async () => {
    const { client, requests } = clusterWith([
      {
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: true },
            targetRef: { kind: 'Pod', namespace: 'gmsa', name: 'gmsa-operator-0' },
          },
          { addresses: ['10.0.0.2'], conditions: { ready: false } },
          { addresses: ['10.0.0.3'], conditions: {} },
          { addresses: ['10.0.0.4'] },
        ],
        ports: [{ name: 'https', port: 9443 }],
      },
      { endpoints: [{ addresses: ['fd00::5'] }], ports: [{ port: 9444 }] },
      { endpoints: null, ports: null },
    ]);
    expect(await webhookEndpoints(client, SERVICE, SIGNAL)).toEqual([
      {
        host: '10.0.0.1',
        port: 9443,
        serverName: 'webhook.gmsa.svc',
        pod: { namespace: 'gmsa', name: 'gmsa-operator-0' },
      },
      { host: '10.0.0.3', port: 9443, serverName: 'webhook.gmsa.svc' },
      { host: '10.0.0.4', port: 9443, serverName: 'webhook.gmsa.svc' },
      { host: 'fd00::5', port: 9444, serverName: 'webhook.gmsa.svc' },
    ]);
    expect(requests).toMatchObject([
      {
        method: 'GET',
        path: '/apis/discovery.k8s.io/v1/namespaces/gmsa/endpointslices',
        query: { labelSelector: 'kubernetes.io/service-name=webhook' },
      },
    ]);
  });

  it('are none where there is no slice', async () => {
    expect(await webhookEndpoints(clusterWith(null).client, SERVICE, SIGNAL)).toEqual([]);
  });

  it.each([
    ['https://127.0.0.1:9443', { host: '127.0.0.1', port: 9443, serverName: '127.0.0.1' }],
    [
      'https://gmsa.contoso.com',
      { host: 'gmsa.contoso.com', port: 443, serverName: 'gmsa.contoso.com' },
    ],
    ['https://[fd00::1]:9443/base', { host: 'fd00::1', port: 9443, serverName: 'fd00::1' }],
  ])('of %s are what stands there', async (base, expected) => {
    const { client, requests } = clusterWith([]);
    expect(await webhookEndpoints(client, { type: 'url', base }, SIGNAL)).toEqual([expected]);
    expect(requests).toEqual([]);
  });
});

describe('the names in the certificate', () => {
  it.each([
    [SERVICE, { dnsNames: ['webhook.gmsa.svc'], ipAddresses: [] }],
    [
      { type: 'url', base: 'https://gmsa.contoso.com:9443' },
      { dnsNames: ['gmsa.contoso.com'], ipAddresses: [] },
    ],
    [
      { type: 'url', base: 'https://10.0.0.7' },
      { dnsNames: [], ipAddresses: ['10.0.0.7'] },
    ],
    [
      { type: 'url', base: 'https://[fd00::1]:9443' },
      { dnsNames: [], ipAddresses: ['fd00::1'] },
    ],
  ] as const)('for %j', (target, expected) => {
    expect(serverNames(target)).toEqual(expected);
  });
});
