// SPDX-License-Identifier: Apache-2.0
// Pods on a node that can be exec'd into, as they are once they run.
import type { TestCluster } from './test-cluster.ts';
import { waitFor } from './wait-for.ts';
import type { WindowsKubelet } from './windows-kubelet.ts';

/** Creates a Windows pod with the container `main` on the node; resolves when it runs. */
export async function runningPod(
  { client }: Pick<TestCluster, 'client'>,
  { node }: Pick<WindowsKubelet, 'node'>,
  {
    namespace,
    name,
    windowsOptions = {},
    spec = {},
    metadata = {},
  }: {
    readonly namespace: string;
    readonly name: string;
    readonly windowsOptions?: object;
    readonly spec?: object;
    readonly metadata?: object;
  },
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await waitFor(`service account default in ${namespace}`, () =>
    client.request({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/default`,
    }),
  );
  await client.request({
    method: 'POST',
    path,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, ...metadata },
      spec: {
        nodeName: node,
        os: { name: 'windows' },
        automountServiceAccountToken: false,
        securityContext: { windowsOptions },
        containers: [{ name: 'main', image: 'registry.example/webapp:1' }],
        ...spec,
      },
    },
  });
  await waitFor(`pod ${name} to run`, async () => {
    const { status } = await client.request<{ status: { phase: string } }>({
      method: 'GET',
      path: `${path}/${name}`,
    });
    return status.phase === 'Running';
  });
}
