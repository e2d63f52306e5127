// SPDX-License-Identifier: Apache-2.0
// What the operator makes of the CustomResourceDefinition that it finds: none, the one that existing
// clusters have, another one with a status, and then ours.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { established } from '../support/established.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import {
  CRD_FILE,
  credspecPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const EXISTING_CRD_FILE = fileURLToPath(
  new URL('../support/fixtures/crd-existing.yaml', import.meta.url),
);
const CRD = 'customresourcedefinition/gmsacredentialspecs.windows.k8s.io';
const DISCOVERY = '/apis/windows.k8s.io/v1';

let cluster: TestCluster;
let proxy: FaultProxy;
let operator: OperatorProcess;
let namespace: string;

beforeAll(async () => {
  cluster = await startTestCluster({ crd: 'leave-out' });
  const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  proxy = await startFaultProxy(kubeconfig, kubeconfig.replace(/\/[^/]*$/, ''));
});

afterAll(async () => {
  await proxy.stop();
  await cluster.stop();
});

beforeEach(async () => {
  namespace = await cluster.createNamespace();
});

afterEach(async () => {
  await operator.close();
  await cluster.kubectl('delete', CRD, '--ignore-not-found');
});

async function start(): Promise<void> {
  operator = await startOperator({
    kubeconfig: proxy.kubeconfigPath,
    args: ['--leader-elect=false', '--sync-period=1s'],
  });
  await waitFor('the operator to answer', () => operator.readyz());
}

async function install(crd: string): Promise<void> {
  await cluster.kubectl('apply', '-f', crd);
  await established(cluster.kubectl, [CRD]);
}

const ready = () => waitFor('readyz', async () => (await operator.readyz()).code === 200);
const granted = (name: string) =>
  waitFor('the access', () => cluster.canUse(name, `${namespace}/web`));

/** What was asked during so many resyncs, once nothing is written any more. */
async function steadyState(): Promise<readonly string[]> {
  const resyncs = (start: number) =>
    proxy.requests.slice(start).filter(({ url }) => url === DISCOVERY).length;
  const during = async (count: number) => {
    const start = proxy.requests.length;
    await waitFor('resyncs', () => resyncs(start) >= count);
    return proxy.requests.slice(start).filter(({ url }) => url !== DISCOVERY);
  };
  // At most: a write at every resync is what the test is there to find.
  for (let i = 0; i < 4; i++) if ((await during(2)).length === 0) break;
  return (await during(4)).map(({ method, url }) => `${method} ${url}`);
}

it('waits for a definition that is missing, says so, and goes on when it appears', async () => {
  await start();
  const { body } = await waitFor('the reason', async () => {
    const answer = await operator.readyz();
    return answer.body.includes('CustomResourceDefinition') ? answer : undefined;
  });
  expect(body).toContain(
    'CustomResourceDefinition gmsacredentialspecs.windows.k8s.io: it is not installed',
  );
  expect((await operator.readyz()).code).not.toBe(200);
  // Long enough for the pauses between attempts to have grown.
  const attempts = () =>
    proxy.requests.filter(({ url }) => url.startsWith(`${DISCOVERY}/gmsacredentialspecs?`)).length;
  const before = attempts();
  await waitFor('some attempts', () => attempts() >= before + 4);
  expect(proxy.writes()).toEqual([]);
  const warnings = (await operator.log()).filter(({ level }) => level === 'warn');
  expect(warnings.map(({ message }) => message)).toEqual([
    'gmsacredentialspecs: cannot list or watch, trying again',
  ]);

  await install(CRD_FILE);
  const installed = performance.now();
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await ready();
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  expect(performance.now() - installed).toBeLessThan(12_000);
  expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
});

it('does its work with a definition that keeps no status, says so once, and tells it otherwise', async () => {
  await install(EXISTING_CRD_FILE);
  const [good, bad] = [uniqueName('good'), uniqueName('bad')];
  await cluster.applyCredspec(good, { allowed: `${namespace}/web` });
  await cluster.applyCredspec(bad, { allowed: '*/*' });
  await start();
  await ready();
  await granted(good);
  const metrics = await waitFor('the metrics', async () => {
    const page = await operator.metrics();
    return page.includes('gmsa_operator_credspec_not_ready{') ? page : undefined;
  });
  expect(metrics).toContain(
    `gmsa_operator_credspec_not_ready{credspec="${bad}",reason="InvalidAnnotation"} 1`,
  );
  expect(metrics).toContain(
    'gmsa_operator_credspecs{condition="Ready",status="True",reason="Ready"} 1',
  );
  await waitFor('the Event', async () => {
    const described = await cluster.kubectl('describe', 'gmsacredentialspec', bad);
    return /Warning\s+InvalidAnnotation.*\*\/\*/.test(described);
  });
  expect(await steadyState()).toEqual([]);
  const said = (await operator.log()).filter(({ message }) =>
    message.includes('has no status subresource'),
  );
  expect(said.map(({ level }) => level)).toEqual(['warn']);
  expect((await cluster.credspec(good)).status).toBeUndefined();

  await install(CRD_FILE);
  await cluster.condition(good, 'Ready', { status: 'True', reason: 'Ready' });
  await cluster.condition(bad, 'Ready', { status: 'False', reason: 'InvalidAnnotation' });
  expect(await cluster.canUse(good, `${namespace}/web`)).toBe(true);
  // The server may serve the new definition's parts one after the other.
  await waitFor('the writes to end', async () => (await steadyState()).length === 0);
});

it('a definition that drops what it does not know of a status is not written to over and over', async () => {
  const crd = parse(await readFile(CRD_FILE, 'utf8')) as {
    spec: {
      versions: {
        schema: { openAPIV3Schema: { properties: { status: { properties: object } } } };
        additionalPrinterColumns?: unknown;
      }[];
    };
  };
  for (const version of crd.spec.versions) {
    version.schema = structuredClone(version.schema);
    version.schema.openAPIV3Schema.properties.status.properties = {
      clusterRole: { type: 'string' },
    };
    delete version.additionalPrinterColumns;
  }
  await cluster.apply(crd);
  await established(cluster.kubectl, [CRD]);
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web *` });
  await start();
  await ready();
  await granted(name);
  await operator.logged('that it drops', ({ message }) => message.includes('drops a part'));
  expect((await cluster.credspec(name)).status).toEqual({ clusterRole: `gmsa-operator:${name}` });
  expect((await steadyState()).filter((request) => !request.startsWith('GET '))).toEqual([]);

  await install(CRD_FILE);
  await cluster.condition(name, 'Valid', { status: 'False', reason: 'InvalidAnnotation' });
});

it('notices that the definition goes and comes back', async () => {
  await install(CRD_FILE);
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await start();
  await granted(name);
  await cluster.kubectl('delete', CRD);
  await waitFor('the access to go', async () => !(await cluster.canUse(name, `${namespace}/web`)));
  expect(await cluster.get(credspecPath(name))).toBeUndefined();
  await install(CRD_FILE);
  await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
  await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
});
