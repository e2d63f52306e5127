// SPDX-License-Identifier: Apache-2.0
// The exec channel, from the client through a real API server to a kubelet's streaming server. What runs
// behind that is a stand-in: see test/support/windows-kubelet.ts.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { type ExecResult, execInPod } from '../../src/kube/pods/exec.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { startWindowsKubelet, type WindowsKubelet } from '../support/windows-kubelet.ts';
import { runningPod } from '../support/running-pod.ts';

jest.setTimeout(60_000);

const NAMESPACE = 'exec';

let cluster: TestCluster;
let kubelet: WindowsKubelet;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true, scheduler: true });
  const { client, controlPlane } = cluster;
  kubelet = await startWindowsKubelet(
    { client, kubeconfigPath: controlPlane.kubeconfigPath },
    { node: 'windows-exec', namespaces: [NAMESPACE] },
  );
  await cluster.kubectl('create', 'namespace', NAMESPACE);
  await runningPod(cluster, kubelet, { namespace: NAMESPACE, name: 'pod' });
});

afterAll(async () => {
  await kubelet.stop();
  await cluster.stop();
});

function exec(
  command: readonly string[],
  {
    kubeconfig = cluster.controlPlane.kubeconfigPath,
    container = 'main',
    pod = 'pod',
    timeoutMs = 20_000,
  } = {},
): Promise<ExecResult> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  return execInPod(kubeConfig, { namespace: NAMESPACE, pod, container, command, timeoutMs });
}

describe('execInPod', () => {
  it('hands over what the program prints, byte for byte, and how it ended', async () => {
    await kubelet.play(NAMESPACE, { 'nltest.exe /query': 'Flags: 0\r\nä\r\n' });
    expect(await exec(['nltest.exe', '/query'])).toEqual({
      type: 'ran',
      stdout: 'Flags: 0\r\nä\r\n',
      stderr: '',
      exitCode: 0,
    });
    expect(await kubelet.commands(NAMESPACE)).toEqual(['nltest.exe /query']);
  });

  it('keeps what is printed on stderr apart', async () => {
    await kubelet.play(NAMESPACE, {});
    expect(await exec(['klist.exe', 'get', 'krbtgt'])).toEqual({
      type: 'ran',
      stdout: '',
      stderr: 'nothing is recorded for: klist.exe get krbtgt\n',
      exitCode: 0,
    });
  });

  it('reads a large output no further than its bound', async () => {
    await kubelet.play(NAMESPACE, { 'nltest.exe /query': 'x'.repeat(300_000) });
    const result = await exec(['nltest.exe', '/query']);
    expect(result).toMatchObject({ type: 'ran', exitCode: 0 });
    expect(result.type === 'ran' && result.stdout.length).toBe(64 * 1024);
  });

  it('tells a program that is not there from one that fails', async () => {
    expect(await exec(['powershell.exe', '-Command', 'Get-Date'])).toEqual({
      type: 'not-started',
      message: expect.stringContaining('executable file not found'),
    });
  });

  it('gives up on a program that does not end', async () => {
    expect(await exec(['sleep', '30'], { timeoutMs: 1_000 })).toEqual({ type: 'timed-out' });
  });

  it('throws what the API server says where it refuses', async () => {
    await expect(exec(['whoami.exe'], { pod: 'nobody' })).rejects.toMatchObject({
      name: 'ApiError',
      code: 404,
      status: { message: 'pods "nobody" not found' },
    });
    await expect(exec(['whoami.exe'], { container: 'none' })).rejects.toMatchObject({
      name: 'ApiError',
      code: 400,
      status: { message: expect.stringContaining('container none is not valid') },
    });
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(NAMESPACE, 'default');
    await expect(exec(['whoami.exe'], { kubeconfig })).rejects.toMatchObject({
      name: 'ApiError',
      code: 403,
      status: { message: expect.stringContaining('cannot') },
    });
  });

  it('says that the kubelet is not reached', async () => {
    const away = { namespace: NAMESPACE, name: 'away' };
    await runningPod(cluster, kubelet, away);
    await cluster.client.request({
      method: 'PATCH',
      path: `/api/v1/nodes/${kubelet.node}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { daemonEndpoints: { kubeletEndpoint: { Port: 1 } } } },
    });
    expect(await exec(['whoami.exe'], { pod: 'away' })).toEqual({
      type: 'not-started',
      message: expect.stringContaining('connection refused'),
    });
  });
});
