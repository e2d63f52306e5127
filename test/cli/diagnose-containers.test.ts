// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa troubleshoot` where not the containers of a pod run under the GMSA but others that it has,
// and where one does not start. What they print is played: see test/support/windows-kubelet.ts.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import { HEALTHY } from '../support/healthy-container.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { startTestCluster, type TestCluster, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { startWindowsKubelet, type WindowsKubelet } from '../support/windows-kubelet.ts';
import { runningPod } from '../support/running-pod.ts';

jest.setTimeout(90_000);

const NAMESPACE = 'setup';
const CREDSPEC = 'webapp1';
const GMSA = {
  gmsaCredentialSpecName: CREDSPEC,
  gmsaCredentialSpec: canonicalJson(WEBAPP1_CONTENTS),
};
const UNDER_GMSA = { image: 'a', securityContext: { windowsOptions: GMSA } };

let cluster: TestCluster;
let gmsa: PluginKubectl;
let kubelet: WindowsKubelet;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true, scheduler: true });
  gmsa = pluginOf(cluster.controlPlane);
  kubelet = await startWindowsKubelet(
    { client: cluster.client, kubeconfigPath: cluster.controlPlane.kubeconfigPath },
    { node: 'windows-0', namespaces: [NAMESPACE] },
  );
  await cluster.kubectl('create', 'namespace', NAMESPACE);
  await cluster.applyCredspec(CREDSPEC, { contents: WEBAPP1_CONTENTS });
  await kubelet.play(NAMESPACE, HEALTHY);
});

afterAll(async () => {
  await kubelet.stop();
  await cluster.stop();
});

const troubleshoot = async (...words: string[]) => {
  const { code, stdout, stderr } = await gmsa(['troubleshoot', '-n', NAMESPACE, ...words]);
  expect(stderr).toBe('');
  return { code, stdout };
};

/** What a kubelet would say of a container: the one here knows none but those that run. */
const setStatus = (pod: string, status: object) =>
  cluster.client.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/status`,
    contentType: 'application/strategic-merge-patch+json',
    body: { status },
  });

const warn = (pod: string, uid: string, message: string) =>
  cluster.client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/events`,
    body: {
      metadata: { name: `${pod}.1`, namespace: NAMESPACE },
      involvedObject: { kind: 'Pod', namespace: NAMESPACE, name: pod, uid },
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message,
    },
  });

/** A pod that nobody starts, with what its kubelet says of it. */
async function podThatDoesNotStart(name: string, message: string, contents: object) {
  const { metadata } = await cluster.client.request<{ metadata: { uid: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/pods`,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        os: { name: 'windows' },
        nodeName: 'windows-away',
        automountServiceAccountToken: false,
        securityContext: {
          windowsOptions: { ...GMSA, gmsaCredentialSpec: canonicalJson(contents) },
        },
        containers: [{ name: 'main', image: 'a' }],
      },
    },
  });
  await warn(name, metadata.uid, message);
}

describe('kubectl gmsa troubleshoot', () => {
  it('goes along the chain in a sidecar, where that alone runs under the GMSA', async () => {
    const proxy = { name: 'proxy', restartPolicy: 'Always', ...UNDER_GMSA };
    const spec = { initContainers: [proxy] };
    await runningPod(cluster, kubelet, { namespace: NAMESPACE, name: 'sidecar', spec });
    await setStatus('sidecar', {
      initContainerStatuses: [{ ...SEEN, name: 'proxy', state: { running: {} } }],
    });
    const { code, stdout } = await troubleshoot('sidecar');
    expect(stdout).toContain('pod setup/sidecar on node windows-0, init container proxy\n');
    expect(stdout).toContain('All links hold');
    expect(code).toBe(0);
    expect((await troubleshoot('sidecar', '-c', 'main')).stdout).toContain(
      'credspec is the first broken link.\n',
    );
  });

  it('says of an init container that has ended how to look into it all the same', async () => {
    const spec = { initContainers: [{ name: 'join', ...UNDER_GMSA }] };
    await runningPod(cluster, kubelet, { namespace: NAMESPACE, name: 'init', spec });
    await setStatus('init', {
      initContainerStatuses: [{ ...SEEN, name: 'join', state: { terminated: { exitCode: 0 } } }],
    });
    const { code, stdout } = await troubleshoot('init');
    expect(stdout).toMatch(
      /^start +unknown +the init container has ended \(exit code 0\): nothing can be run/m,
    );
    expect(stdout).toContain('kubectl logs init --namespace setup --container join\n');
    expect(stdout).toContain(
      'No link is known to be broken, and not all of them could be looked at.\n',
    );
    expect(code).toBe(3);
  });

  it('goes along the chain in an ephemeral container', async () => {
    await runningPod(cluster, kubelet, { namespace: NAMESPACE, name: 'debugged' });
    await cluster.client.request({
      method: 'PATCH',
      path: `/api/v1/namespaces/${NAMESPACE}/pods/debugged/ephemeralcontainers`,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { ephemeralContainers: [{ name: 'debug', ...UNDER_GMSA }] } },
    });
    await setStatus('debugged', {
      ephemeralContainerStatuses: [{ ...SEEN, name: 'debug', state: { running: {} } }],
    });
    const { stdout } = await troubleshoot('debugged');
    expect(stdout).toContain('ephemeral container debug\n');
    expect(stdout).toContain('All links hold');
  });

  it('sends whoever gave contents that Windows does not understand to lint', async () => {
    await podThatDoesNotStart(
      'malformed',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox container task: hcs::CreateComputeSystem a7d2856c: The virtual machine or container JSON document is invalid.: unknown',
      WEBAPP1_CONTENTS,
    );
    const { code, stdout } = await troubleshoot('malformed');
    expect(code).toBe(1);
    expect(stdout).toContain('start is the first broken link.\nremedy: kubectl gmsa lint webapp1 ');
    expect(stdout).not.toContain('EVENT OF');
  });

  it('explains the log of the node where the plug-in fails', async () => {
    const { ActiveDirectoryConfig, ...rest } = WEBAPP1_CONTENTS;
    const HostAccountConfig = {
      PluginGUID: '{f919de1a-efc4-4902-b7e5-56a314a87262}',
      PluginInput: 'hunter2',
      PortableCcgVersion: '1',
    };
    await podThatDoesNotStart(
      'plugin',
      'Failed to create pod sandbox: hcs::CreateComputeSystem a7d2856c: winapi error #3489792023.: unknown',
      { ...rest, ActiveDirectoryConfig: { ...ActiveDirectoryConfig, HostAccountConfig } },
    );
    const { stdout } = await troubleshoot('plugin');
    expect(stdout).toContain('remedy: on node windows-away, run Get-WinEvent -LogName ');
    expect(stdout).toMatch(/^EVENT OF Microsoft-Windows-Containers-CCG\/Admin {3}SAYS /m);
    expect(stdout).toMatch(/^4 +the plug-in cannot be started +install it on the node/m);
    expect(stdout).not.toContain('hunter2');
  });

  it('does not advise on AKS what AKS has done', async () => {
    await runningPod(cluster, kubelet, {
      ...{ namespace: NAMESPACE, name: 'share', windowsOptions: GMSA },
    });
    expect((await troubleshoot('share')).stdout).toContain('EnableCompartmentNamespace');
    await cluster.kubectl('label', 'node', kubelet.node, 'kubernetes.azure.com/agentpool=win');
    const { stdout } = await troubleshoot('share');
    expect(stdout).toContain('All links hold');
    expect(stdout).not.toContain('advice:');
  });
});

/** What a container's status must have beside its name and state. */
const SEEN = { image: 'a', imageID: '', ready: true, restartCount: 0 };
