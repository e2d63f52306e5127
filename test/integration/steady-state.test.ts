// SPDX-License-Identifier: Apache-2.0
// When all is said and done the operator is quiet, however often it looks at everything again.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

/** What a resync looks up. */
const DISCOVERY = '/apis/windows.k8s.io/v1';
const RESYNCS = 6;

let cluster: TestCluster;
let proxy: FaultProxy;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startTestCluster();
  const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  proxy = await startFaultProxy(kubeconfig, kubeconfig.replace(/\/[^/]*$/, ''));
  operator = await startOperator({
    kubeconfig: proxy.kubeconfigPath,
    args: ['--leader-elect=false', '--sync-period=1s'],
  });
});

afterAll(async () => {
  await operator.close();
  await proxy.stop();
  await cluster.stop();
});

it('writes nothing and reads no credspec, whatever state its credspecs are in', async () => {
  const namespaces = [await cluster.createNamespace(), await cluster.createNamespace()];
  const [a = '', b = ''] = namespaces;
  const terminating = await cluster.createNamespace();
  await cluster.kubectl('delete', 'namespace', terminating, '--wait=false');
  const planted = uniqueName('planted');
  await cluster.kubectl(
    ...['create', 'clusterrole', `gmsa-operator:${planted}`, '--verb=get', '--resource=pods'],
  );
  const credspecs: readonly [name: string, allowed: string | undefined, reason: string][] = [
    ...Array.from(
      { length: 20 },
      () => [uniqueName('ready'), `${a}/web ${b}/* ${b}/api`, 'Ready'] as const,
    ).map(([...each]): [string, string, string] => each),
    [uniqueName('bare'), undefined, 'NoServiceAccounts'],
    [uniqueName('waiting'), `${uniqueName('missing')}/web ${a}/web`, 'NamespacesMissing'],
    [uniqueName('terminating'), `${terminating}/web`, 'NamespacesMissing'],
    [uniqueName('invalid'), `*/* ${a}/web`, 'InvalidAnnotation'],
    [planted, `${a}/web`, 'Conflict'],
  ];
  for (const [name, allowed] of credspecs) {
    await cluster.applyCredspec(name, allowed === undefined ? {} : { allowed });
  }
  const wrong = uniqueName('contents');
  await cluster.applyCredspec(wrong, { contents: {} });
  for (const [name, , reason] of [...credspecs, [wrong, undefined, 'InvalidContents'] as const]) {
    const status = ['InvalidAnnotation', 'InvalidContents', 'Conflict'].includes(reason);
    await cluster.condition(name, 'Ready', { status: status ? 'False' : 'True', reason });
  }
  // Events are written a little later.
  await waitFor('two seconds without a write', async () => {
    const before = proxy.writes().length;
    await waitFor('two resyncs', resyncs(2));
    return proxy.writes().length === before;
  });

  const start = proxy.requests.length;
  await waitFor(`${String(RESYNCS)} resyncs`, resyncs(RESYNCS));
  const requests = proxy.requests.slice(start).map(({ method, url }) => `${method} ${url}`);
  const beyondDiscovery = requests.filter((request) => request !== `GET ${DISCOVERY}`);
  // A planted object is looked at now and then, for that is how its going is noticed.
  const looks = beyondDiscovery.filter(
    (request) => request === `GET ${clusterRolePath(planted).replace(':', '%3A')}`,
  );
  expect(beyondDiscovery.filter((request) => !looks.includes(request))).toEqual([]);
  expect(
    requests.filter((request) => request === `GET ${DISCOVERY}`).length,
  ).toBeGreaterThanOrEqual(RESYNCS);
});

function resyncs(count: number): () => boolean {
  const start = proxy.requests.length;
  return () => proxy.requests.slice(start).filter(({ url }) => url === DISCOVERY).length >= count;
}
