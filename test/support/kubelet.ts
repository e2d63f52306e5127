// SPDX-License-Identifier: Apache-2.0
// A node whose kubelet serves what a client reaches through the API server: exec, logs, port-forward. It is
// kwok, with the streaming server that container runtimes use, so that everything from the client to the
// kubelet is real; what stands behind it its configuration says.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { provide } from './control-plane/binaries.ts';
import { freePort } from './control-plane/free-port.ts';
import { KWOK_STAGES_FILE } from './control-plane/programs.ts';
import { openSupervisor } from './control-plane/supervised.ts';
import { createTestCa } from './test-certificates.ts';
import { waitFor } from './wait-for.ts';

/** A node that was started. */
export interface Kubelet {
  readonly node: string;
  stop(): Promise<void>;
}

/** What it is. */
export interface KubeletSetup {
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeInfo: object;
  /**
   * Writes what it needs into a directory that goes with it; what comes back are its objects of
   * `kwok.x-k8s.io`, and a directory of programs for containers.
   */
  readonly prepare: (
    directory: string,
  ) => Promise<{ readonly objects: readonly object[]; readonly programs?: string }>;
}

/**
 * Both of them: where one is missing, kwok drops the other when a node is not ready for a while and then is
 * again, as on a machine that is busy. API servers go by the host name first.
 */
const ADDRESSES = ['InternalIP', 'Hostname'].map((type) => ({ type, address: '127.0.0.1' }));

const MANAGED_BY = 'test.gmsa-operator.io/kubelet';

/** Starts the node; resolves when it is ready. */
export async function startKubelet(
  { client, kubeconfigPath }: { readonly client: KubeClient; readonly kubeconfigPath: string },
  { node, labels, nodeInfo, prepare }: KubeletSetup,
): Promise<Kubelet> {
  const { kwok } = await provide(['kwok']);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-kubelet-'));
  const supervisor = openSupervisor(directory);
  try {
    const { objects, programs } = await prepare(directory);
    const { certificate, key } = await (await createTestCa()).issue(node);
    await writeFile(join(directory, 'tls.crt'), certificate);
    await writeFile(join(directory, 'tls.key'), key, { mode: 0o600 });
    const documents = objects.map((object) => JSON.stringify(object));
    await writeFile(join(directory, 'streaming.yaml'), documents.join('\n---\n'));
    const port = await freePort();
    const path = [programs, process.env['PATH']].filter((part) => part !== undefined);
    await supervisor.spawn({
      file: kwok,
      args: [
        `--kubeconfig=${kubeconfigPath}`,
        `--config=${join(dirname(kwok), KWOK_STAGES_FILE)}`,
        '--config=streaming.yaml',
        '--manage-all-nodes=false',
        `--manage-nodes-with-annotation-selector=${MANAGED_BY}=${node}`,
        '--node-ip=127.0.0.1',
        `--node-port=${port}`,
        `--server-address=127.0.0.1:${port}`,
        '--tls-cert-file=tls.crt',
        '--tls-private-key-file=tls.key',
      ],
      cwd: directory,
      logFile: join(directory, 'kwok.log'),
      env: { PATH: path.join(delimiter) },
    });
    const resources = { cpu: '64', memory: '256Gi', pods: '10000' };
    await client.request({
      method: 'POST',
      path: '/api/v1/nodes',
      body: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: node, annotations: { [MANAGED_BY]: node }, labels },
        status: { addresses: ADDRESSES, allocatable: resources, capacity: resources, nodeInfo },
      },
    });
    await waitFor(`node ${node} to be ready`, async () => {
      const { status } = await client.request<NodeObject>({
        method: 'GET',
        path: `/api/v1/nodes/${node}`,
      });
      return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    });
  } catch (error) {
    await supervisor.close();
    throw error;
  }
  return { node, stop: () => supervisor.close() };
}

interface NodeObject {
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
