// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../kube/client/client.ts';
import { createRegistrationGate } from './registration-gate.ts';
import type { WebhookTarget } from './webhook-configurations.ts';

const SERVICE: WebhookTarget = { type: 'service', namespace: 'gmsa', name: 'webhook' };

/** A gate, and the world that it looks at. */
function gateFor(target: WebhookTarget) {
  const world = {
    nowMs: 0,
    notServing: undefined as string | undefined,
    endpoints: 'none' as 'forbidden' | 'none' | 'ready',
  };
  const client = {
    request: () =>
      world.endpoints === 'forbidden'
        ? Promise.reject(new Error('forbidden'))
        : Promise.resolve({
            items: [
              {
                endpoints: [
                  { addresses: ['10.0.0.1'], conditions: { ready: world.endpoints === 'ready' } },
                ],
                ports: [{ port: 9443 }],
              },
            ],
          }),
  } as unknown as KubeClient;
  const gate = createRegistrationGate({
    client,
    target,
    signal: new AbortController().signal,
    notServing: () => world.notServing,
    nowMs: () => world.nowMs,
  });
  const mayCreateAt = (nowMs: number): Promise<boolean> => {
    world.nowMs = nowMs;
    return gate.mayCreate();
  };
  return { world, gate, mayCreateAt };
}

describe('webhooks that are not registered', () => {
  it('are registered a moment after the Service has a ready endpoint', async () => {
    const { world, mayCreateAt } = gateFor(SERVICE);
    expect(await mayCreateAt(0)).toBe(false);
    world.endpoints = 'ready';
    expect(await mayCreateAt(2_000)).toBe(false);
    expect(await mayCreateAt(2_499)).toBe(false);
    expect(await mayCreateAt(2_500)).toBe(true);
  });

  it('wait anew where the endpoint goes again', async () => {
    const { world, mayCreateAt } = gateFor(SERVICE);
    world.endpoints = 'ready';
    await mayCreateAt(0);
    world.endpoints = 'none';
    await mayCreateAt(400);
    world.endpoints = 'ready';
    expect(await mayCreateAt(600)).toBe(false);
    expect(await mayCreateAt(1_100)).toBe(true);
  });

  it.each(['none', 'forbidden'] as const)(
    'are registered all the same after ten seconds with %s: unchecked pods are worse',
    async (endpoints) => {
      const { world, mayCreateAt } = gateFor(SERVICE);
      world.endpoints = endpoints;
      expect(await mayCreateAt(0)).toBe(false);
      expect(await mayCreateAt(9_999)).toBe(false);
      expect(await mayCreateAt(10_000)).toBe(true);
    },
  );

  it('are not registered while this replica does not serve, however long that takes', async () => {
    const { world, mayCreateAt } = gateFor(SERVICE);
    world.endpoints = 'ready';
    world.notServing = 'no certificate';
    expect(await mayCreateAt(0)).toBe(false);
    expect(await mayCreateAt(60_000)).toBe(false);
    world.notServing = undefined;
    await mayCreateAt(60_000);
    expect(await mayCreateAt(60_500)).toBe(true);
  });

  it('that go missing later come back at once, if the Service has an endpoint', async () => {
    const { world, gate, mayCreateAt } = gateFor(SERVICE);
    gate.nothingMissing();
    world.endpoints = 'ready';
    expect(await mayCreateAt(60_000)).toBe(true);
    gate.nothingMissing();
    world.endpoints = 'none';
    expect(await mayCreateAt(70_000)).toBe(false);
    expect(await mayCreateAt(80_000)).toBe(true);
  });

  it('are registered at once where they are called by a URL, and not by a Service', async () => {
    const { mayCreateAt } = gateFor({ type: 'url', base: 'https://127.0.0.1:9443' });
    expect(await mayCreateAt(0)).toBe(true);
  });
});
