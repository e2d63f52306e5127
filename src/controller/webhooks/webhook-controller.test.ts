// SPDX-License-Identifier: Apache-2.0
// What the controller does is in reconcile-webhooks.test.ts and health-check.test.ts, and with an API server in
// test/integration.
import { expect, it } from '@jest/globals';
import { serverNames } from './webhook-controller.ts';
import type { WebhookTarget } from './webhook-configurations.ts';

it.each<readonly [WebhookTarget, ReturnType<typeof serverNames>]>([
  [
    { type: 'service', namespace: 'gmsa', name: 'webhook' },
    { dnsNames: ['webhook.gmsa.svc'], ipAddresses: [] },
  ],
  [
    { type: 'url', base: 'https://operator.example:9443/' },
    { dnsNames: ['operator.example'], ipAddresses: [] },
  ],
  [
    { type: 'url', base: 'https://192.0.2.1:9443' },
    { dnsNames: [], ipAddresses: ['192.0.2.1'] },
  ],
  [
    { type: 'url', base: 'https://[2001:db8::1]:9443' },
    { dnsNames: [], ipAddresses: ['2001:db8::1'] },
  ],
])('the names of the certificate for %j', (target, names) => {
  expect(serverNames(target)).toEqual(names);
});
