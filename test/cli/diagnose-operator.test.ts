// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa doctor` on an operator that is installed as config/ has it: its Deployment and pods, its
// version, its rights, handshakes through the API server, and its logs. No image can be had here: the pods
// are on a node that only seems to run them, and their port leads to a process. The tests build on each other.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseTarGzip } from 'nanotar';
import packageJson from '../../package.json' with { type: 'json' };
import type { Finding } from '../../src/cli/diagnose/doctor/finding.ts';
import { forwardPort } from '../../src/kube/pods/port-forward.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import type { Kubelet } from '../support/kubelet.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { startOperatorKubelet } from '../support/operator-kubelet.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(90_000);

const NAMESPACE = 'gmsa-operator-system';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/gmsa-operator`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CONFIG = fileURLToPath(new URL('../../config/', import.meta.url));
const NOISE = 'a line of the log that is not short at all, '.repeat(4);
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl';
const KEY = 'MHcCAQEEIKq9Cw3vd2k1';
const PASSWORD = 'hunter2';

/** More than is taken along, with what nobody should see at its end. */
const LOG = `the first line\n${`${NOISE}\n`.repeat(2_500)}refused: Bearer ${TOKEN}\n${JSON.stringify({ key: `-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----` })}\n{"password":"${PASSWORD}"}\nthe last line\n`;

let cluster: TestCluster;
let gmsa: PluginKubectl;
let kubelet: Kubelet;
let operator: OperatorProcess;
let directory: string;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true, scheduler: true, rbac: 'leave-out' });
  const { client, controlPlane } = cluster;
  gmsa = pluginOf(controlPlane);
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-doctor-'));
  const target = { address: '127.0.0.1', port: await freePort() };
  kubelet = await startOperatorKubelet(
    { client, kubeconfigPath: controlPlane.kubeconfigPath },
    ...[{ node: 'linux-0', namespace: NAMESPACE, target, log: LOG, previousLog: 'it ended\n' }],
  );
  await cluster.kubectl('apply', '-k', join(CONFIG, 'default'));
  // The process that leads has the host name of this machine.
  await patch(DEPLOYMENT, { spec: { template: { spec: { hostname: hostname() } } } });
  operator = await startOperator({
    kubeconfig: await controlPlane.serviceAccountKubeconfig(NAMESPACE, 'gmsa-operator'),
    admission: { type: 'service', ...target },
    args: ['--webhook-service-name=gmsa-operator-webhook'],
  });
  await rolledOut();
  await waitFor('a replica to lead and serve', async () => {
    const { code } = await operator.readyz();
    return code === 200;
  });
  await waitFor('webhook configurations', () =>
    cluster.get(
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gmsa-operator',
    ),
  );
});

afterAll(async () => {
  await operator.close();
  await kubelet.stop();
  await rm(directory, { recursive: true, force: true });
  await cluster.stop();
});

async function rolledOut(): Promise<void> {
  await cluster.kubectl(
    ...['rollout', 'status', 'deployment/gmsa-operator', '-n', NAMESPACE, '--timeout=60s'],
  );
}

async function patch(path: string, body: object): Promise<void> {
  const contentType = 'application/strategic-merge-patch+json';
  await cluster.client.request({ method: 'PATCH', path, contentType, body });
}

const setImage = (image: string): Promise<void> =>
  patch(DEPLOYMENT, { spec: { template: { spec: { containers: [{ name: 'manager', image }] } } } });

async function podNames(): Promise<readonly string[]> {
  const { items } = await cluster.client.request<{
    items: readonly { metadata: { name: string; deletionTimestamp?: string } }[];
  }>({ method: 'GET', path: PODS });
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();
}

async function findings(
  area: string,
  options: { readonly kubeconfig?: string } = {},
): Promise<readonly Finding[]> {
  const { stdout, stderr } = await gmsa(['doctor', '-o', 'json'], options);
  expect(stderr).toBe('');
  const all = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return all.findings.filter((finding) => finding.area === area);
}

const messages = (all: readonly Finding[], severity: string): readonly string[] =>
  all.filter((finding) => finding.severity === severity).map(({ message }) => message);

describe('an operator that is installed', () => {
  it('is there, of the version of the plugin, and leads', async () => {
    const { version } = packageJson;
    expect(
      (await findings('operator')).map(({ severity, message }) => [severity, message]),
    ).toEqual([
      ['ok', 'Deployment gmsa-operator: 2 of 2 replicas available'],
      ['ok', `version ${version}; this plugin is ${version}`],
      ['ok', expect.stringMatching(/ leads$/)],
    ]);
  });

  it('shakes hands through the API server, where nobody reaches the network of its pods', async () => {
    const served = (await podNames()).map((pod) =>
      expect.stringMatching(new RegExp(`^pod ${pod} \\(\\S+:9443\\) serves it, as the conf`)),
    );
    const told = messages(await findings('certificate'), 'ok');
    expect(told.filter((message) => message.includes('serves it')).sort()).toEqual(served);
    expect(messages(await findings('certificate'), 'error')).toEqual([]);
  });

  it('writes the end of its logs into the bundle, and no secret', async () => {
    const [restarted = '', other = ''] = await podNames();
    await patch(`${PODS}/${restarted}/status`, {
      status: { containerStatuses: [{ name: 'manager', restartCount: 1 }] },
    });
    const file = join(directory, 'gmsa.tar.gz');
    expect(await gmsa(['doctor', '--bundle', file])).toMatchObject({ stderr: '' });
    const files = await parseTarGzip(await readFile(file));
    const text = (name: string): string =>
      files.find((each) => each.name === `gmsa-doctor/${name}`)?.text ?? 'is not there';
    expect(JSON.parse(text('about.json'))).toMatchObject({
      plugin: packageJson.version,
      operator: [{ version: packageJson.version }],
    });
    expect(JSON.parse(text('operator.json'))).toMatchObject({
      settings: { serviceAccount: 'gmsa-operator', admission: true, issuesCertificates: true },
      deployments: [{ name: 'gmsa-operator', replicas: 2 }],
      pods: [{ name: restarted }, { name: other, node: 'linux-0', phase: 'Running' }],
    });
    expect(text(`operator-logs/${restarted}.previous.log`)).toBe('it ended\n');
    const log = text(`operator-logs/${other}.log`);
    expect(log).toMatch(/^a line .*\n(a line .*\n)+refused: Bearer \[left out\]\n/);
    expect(log).toMatch(/\{"password":"\[left out\]"\}\nthe last line\n$/);
    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(256 * 1024);
    expect(Buffer.byteLength(log)).toBeGreaterThan(250 * 1024);
    const all = files.map((each) => each.text).join('\n');
    for (const secret of [TOKEN, KEY, PASSWORD, 'PRIVATE KEY', 'tls.key', 'last-applied']) {
      expect(all).not.toContain(secret);
    }
  });

  it('is told of as far as the rights go: neither Deployments, nor ports, nor logs', async () => {
    await cluster.kubectl('create', 'serviceaccount', 'reader', '-n', 'default');
    await cluster.kubectl(
      ...['create', 'clusterrole', 'pod-reader', '--verb=get,list'],
      '--resource=pods,mutatingwebhookconfigurations,validatingwebhookconfigurations,endpointslices',
    );
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', 'pod-reader', '--clusterrole=pod-reader'],
      '--serviceaccount=default:reader',
    );
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig('default', 'reader');
    const own = await findings('operator', { kubeconfig });
    expect(messages(own, 'unknown')).toContain(
      `you may not read Deployments in namespace ${NAMESPACE}`,
    );
    expect(messages(own, 'ok')).toEqual([expect.stringMatching(/^version /)]);
    expect(messages(await findings('certificate', { kubeconfig }), 'note')).toEqual(
      (await podNames()).map(() =>
        expect.stringMatching(
          /is not reached from here: .*; nor through the API server: you may not/,
        ),
      ),
    );
    const file = join(directory, 'reader.tar.gz');
    await gmsa(['doctor', '--bundle', file], { kubeconfig });
    const logs = (await parseTarGzip(await readFile(file))).filter(({ name }) =>
      name.includes('operator-logs'),
    );
    expect(logs.length).toBeGreaterThan(1);
    for (const { text } of logs) {
      expect(text).toMatch(/^You may not read this log: pods ".*" is forbidden: .*\n$/);
    }
  });
});

describe('a forwarded port', () => {
  async function forward(pod: string, port: number): Promise<Duplex> {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(cluster.controlPlane.kubeconfigPath);
    return forwardPort(kubeConfig, { namespace: NAMESPACE, pod, port, timeoutMs: 5_000 });
  }

  it('ends in the words of the kubelet where nobody listens', async () => {
    const [pod = ''] = await podNames();
    const stream = await forward(pod, 1);
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toMatch(/^error forwarding port 1 to pod /);
    expect(stream.destroyed).toBe(true);
  });

  it('is refused in the words of the API server', async () => {
    await expect(forward('nobody', 9443)).rejects.toMatchObject({
      name: 'ApiError',
      code: 404,
      status: { message: 'pods "nobody" not found' },
    });
  });
});

describe('an operator with external certificates', () => {
  it('is not said to lack the right to make them, Secret or no Secret', async () => {
    await cluster.kubectl('apply', '-k', join(CONFIG, 'overlays/external-certificates'));
    await rolledOut();
    const rights = ['the operator may do all that it needs'];
    expect(messages(await findings('rbac'), 'ok')).toEqual(expect.arrayContaining(rights));
    await cluster.kubectl('delete', 'secret', 'gmsa-operator-webhook-cert', '-n', NAMESPACE);
    expect(messages(await findings('rbac'), 'ok')).toEqual(expect.arrayContaining(rights));
  });
});

describe('an operator in trouble', () => {
  const status = (waiting: object, more: object = {}) => ({
    status: {
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'manager', ready: false, state: { waiting }, ...more }],
    },
  });

  it('is of another version', async () => {
    await setImage('registry.example/gmsa-operator:0.9.1');
    await rolledOut();
    expect(messages(await findings('operator'), 'warning')).toEqual([
      `the operator is of version 0.9.1, and this plugin of ${packageJson.version}: more than one minor version apart`,
    ]);
  });

  it('does not get its image, or ends again and again', async () => {
    const [first = '', second = ''] = await podNames();
    await patch(
      `${PODS}/${first}/status`,
      status({ reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' }),
    );
    await patch(
      `${PODS}/${second}/status`,
      status(
        { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' },
        { restartCount: 4, lastState: { terminated: { exitCode: 2, reason: 'Error' } } },
      ),
    );
    const errors = await waitFor('the Deployment to count them', async () => {
      const told = messages(await findings('operator'), 'error');
      return told.length === 3 ? told : undefined;
    });
    expect(errors).toEqual([
      'Deployment gmsa-operator: 0 of 2 replicas available',
      `pod ${first} does not get its image: ImagePullBackOff: Back-off pulling image "x"`,
      `pod ${second} ends again and again: CrashLoopBackOff, ended with Error, exit code 2`,
    ]);
  });

  it('is scaled to nothing, or gone, or elsewhere', async () => {
    await cluster.kubectl('scale', 'deployment/gmsa-operator', '-n', NAMESPACE, '--replicas=0');
    expect(messages(await findings('operator'), 'error')).toEqual([
      'Deployment gmsa-operator is scaled to 0 replicas',
    ]);
    const { stdout } = await gmsa(['doctor', '--operator-namespace=default']);
    expect(stdout).toContain(
      `  error    there is no Deployment of the operator in namespace default, but there is one in ${NAMESPACE}\n           remedy: kubectl gmsa doctor --operator-namespace ${NAMESPACE}\n`,
    );
    await cluster.kubectl('delete', 'deployment', 'gmsa-operator', '-n', NAMESPACE);
    // The process of this test still leads.
    expect(messages(await findings('operator'), 'note')).toEqual([
      expect.stringContaining('what leads runs outside of the cluster'),
    ]);
  });
});
