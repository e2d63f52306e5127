// SPDX-License-Identifier: Apache-2.0
// From the JSON that New-CredentialSpec writes to a running pod, by the plugin and `kubectl apply` alone. The
// Windows node is simulated: pods get as far as Kubernetes brings them.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { kubectlWithPlugin, type PluginKubectl } from '../support/kubectl-plugin.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { startTestCluster, type TestCluster, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(120_000);

/** As New-CredentialSpec writes the documentation's example; Windows PowerShell's `>` makes UTF-16 of it. */
const JSON_FILE = Buffer.from(
  `\ufeff${JSON.stringify(WEBAPP1_CONTENTS, null, 4).replaceAll('\n', '\r\n')}\r\n`,
  'utf16le',
);

// An API server elsewhere does not reach the operator on loopback.
(usesExistingCluster() ? describe.skip : describe)('the WebApp1 of the documentation', () => {
  let cluster: TestCluster;
  let operator: OperatorProcess;
  let kubectl: PluginKubectl;

  beforeAll(async () => {
    cluster = await startTestCluster({ windowsNode: true });
    operator = await startOperator({
      kubeconfig: cluster.controlPlane.kubeconfigPath,
      admission: { type: 'url', port: await freePort() },
    });
    kubectl = kubectlWithPlugin(cluster.controlPlane);
  });

  afterAll(async () => {
    await operator.close();
    await cluster.stop();
  });

  it('comes from its JSON to a running pod', async () => {
    const converted = await kubectl(['gmsa', 'convert', '-', '--name', 'gmsa-WebApp1'], {
      stdin: JSON_FILE,
    });
    expect(converted).toMatchObject({ code: 0, stderr: '' });
    await ok(['apply', '-f', '-'], converted.stdout);
    await cluster.condition('gmsa-webapp1', 'Ready', { status: 'True' });
    expect((await kubectl(['gmsa', 'lint', 'gmsa-webapp1'])).stdout).toBe(
      '1 credential spec: nothing is wrong\n',
    );

    await ok(['apply', '-f', '-'], SERVICE_ACCOUNT);
    expect((await kubectl(['gmsa', 'can-use', 'gmsa-webapp1', 'default/webapp1'])).code).toBe(1);
    await ok(['gmsa', 'allow', 'gmsa-webapp1', 'default/webapp1', '--wait']);
    await ok(['apply', '-f', '-'], await readFile('test/demo/webapp1.yaml', 'utf8'));
    const pod = await waitFor('a running pod', runningPod, { timeoutMs: 60_000 });
    const contents = pod.spec.securityContext?.windowsOptions?.gmsaCredentialSpec ?? '{}';
    expect(JSON.parse(contents)).toEqual(WEBAPP1_CONTENTS);
  });

  it('goes back to the JSON that Docker and containerd take', async () => {
    const json = await ok(['gmsa', 'export', 'gmsa-webapp1']);
    expect(JSON.parse(json)).toEqual(WEBAPP1_CONTENTS);
    expect(Object.keys(JSON.parse(json) as object)).toEqual([
      ...['CmsPlugins', 'DomainJoinConfig', 'ActiveDirectoryConfig'],
    ]);
    const again = await kubectl(['gmsa', 'convert', '-'], { stdin: json });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const applied = await ok(
      ['apply', '--dry-run=server', '-f', '-'],
      again.stdout.replace('name: webapp1', 'name: gmsa-webapp1'),
    );
    expect(applied).toContain('gmsa-webapp1 unchanged');
  });

  async function ok(args: readonly string[], stdin = ''): Promise<string> {
    const { stdout, stderr, code } = await kubectl(args, { stdin });
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  }

  async function runningPod(): Promise<GmsaPod | undefined> {
    const pods = await cluster.get<{ items: readonly GmsaPod[] }>(
      '/api/v1/namespaces/default/pods',
    );
    return pods?.items.find(({ status }) => status.phase === 'Running');
  }
});

const SERVICE_ACCOUNT = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: webapp1
  namespace: default
`;

interface GmsaPod {
  readonly spec: {
    readonly securityContext?: {
      readonly windowsOptions?: { readonly gmsaCredentialSpec?: string };
    };
  };
  readonly status: { readonly phase?: string };
}
