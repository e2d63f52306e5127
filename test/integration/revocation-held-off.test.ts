// SPDX-License-Identifier: Apache-2.0
// Somebody who may write RoleBindings writes to the generated one without end, so that a revocation never finds the
// object as it last read it.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const WRITES_PER_SECOND = 100;

/** More would contend with each other in the API server, and get fewer writes through. */
const MAX_IN_FLIGHT = 2;

/** How long a revocation may take while others write. */
const MAX_MS = 2_000;

let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startTestCluster();
  operator = await startInstalledOperator(cluster.controlPlane);
});

afterAll(async () => {
  await operator.close();
  await cluster.stop();
});

/** Patches an object at the rate until it is stopped; `written` counts what got through. */
function startWriter(path: string, patch: (count: number) => unknown) {
  let [count, written, inFlight] = [0, 0, 0];
  const write = async (): Promise<void> => {
    inFlight++;
    try {
      await cluster.client.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'rival' },
        body: patch(++count),
      });
      written++;
    } catch {
      // It is gone, or terminating and takes no more finalizers.
    }
    inFlight--;
  };
  const timer = setInterval(() => {
    if (inFlight < MAX_IN_FLIGHT) void write();
  }, 1000 / WRITES_PER_SECOND);
  return {
    written: () => written,
    stop: () => {
      clearInterval(timer);
    },
  };
}

const note = (count: number) => ({ 'example.com/note': String(count) });

it.each<readonly [string, (count: number) => unknown]>([
  ['annotations', (count) => ({ metadata: { annotations: note(count) } })],
  [
    'finalizers',
    (count) => ({
      metadata: { annotations: note(count), finalizers: [`example.com/stay-${count % 7}`] },
    }),
  ],
])(
  'a revocation is in force within 2 s while somebody writes %s 100 times a second',
  async (_, patch) => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('webapp');
    await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    const path = roleBindingPath(namespace, name);
    const writer = startWriter(path, patch);
    try {
      await waitFor('the writer to be at work', () => writer.written() > 50);
      const start = performance.now();
      await cluster.allow(name, undefined);
      while (await cluster.canUse(name, `${namespace}/web`)) await delay(20);
      expect(performance.now() - start).toBeLessThan(MAX_MS);
      expect(await cluster.get(path)).toBeUndefined();
    } finally {
      writer.stop();
    }
  },
);

it('one service account loses its access within 2 s while somebody writes, and the other keeps its own', async () => {
  const namespace = await cluster.createNamespace();
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web ${namespace}/api` });
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  const writer = startWriter(roleBindingPath(namespace, name), (count) => ({
    metadata: { annotations: note(count), finalizers: [`example.com/stay-${count % 7}`] },
  }));
  try {
    await waitFor('the writer to be at work', () => writer.written() > 50);
    const start = performance.now();
    await cluster.allow(name, `${namespace}/api`);
    while (await cluster.canUse(name, `${namespace}/web`)) await delay(20);
    expect(performance.now() - start).toBeLessThan(MAX_MS);
  } finally {
    writer.stop();
  }
  await waitFor('the other one', () => cluster.canUse(name, `${namespace}/api`));
});
