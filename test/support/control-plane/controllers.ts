// SPDX-License-Identifier: Apache-2.0
// What makes objects do something: controllers, a scheduler, and a simulated Windows node.
import { dirname, join } from 'node:path';
import { type ApiAccess, answersOk, apiRequest } from './api-request.ts';
import { type Component, startComponent, waitForComponents } from './component.ts';
import { CREDENTIAL_FILES } from './credentials.ts';
import { KWOK_STAGES_FILE } from './programs.ts';
import type { Supervisor } from './supervised.ts';

/** The simulated node's name. */
export const WINDOWS_NODE = 'windows-0';

const KWOK_ANNOTATION = 'kwok.x-k8s.io/node';

interface Setup {
  readonly supervisor: Supervisor;
  readonly directory: string;
  readonly access: ApiAccess;
  readonly kubeconfigPath: string;
}

/** kube-controller-manager; resolves when it has made the first service account. */
export async function startControllers(
  { supervisor, directory, access, kubeconfigPath }: Setup,
  kubeControllerManager: string,
): Promise<Component> {
  const component = await startComponent(supervisor, directory, kubeControllerManager, [
    `--kubeconfig=${kubeconfigPath}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${CREDENTIAL_FILES.serviceAccountKey}`,
    `--root-ca-file=${CREDENTIAL_FILES.servingCa}`,
  ]);
  await waitForComponents('the controllers to work', [component], () =>
    answersOk(access, '/api/v1/namespaces/default/serviceaccounts/default'),
  );
  return component;
}

/** kube-scheduler. Pods wait for it, so nobody else needs to. */
export function startScheduler(
  { supervisor, directory, kubeconfigPath }: Setup,
  kubeScheduler: string,
): Promise<Component> {
  return startComponent(supervisor, directory, kubeScheduler, [
    `--kubeconfig=${kubeconfigPath}`,
    '--secure-port=0',
    '--leader-elect=false',
  ]);
}

/**
 * A node that says it runs Windows Server 2022 and takes any pod: pods on it become Running, Jobs
 * complete, and deleted pods go. No container ever runs. Resolves when the node is Ready.
 */
export async function startWindowsNode(
  { supervisor, directory, access, kubeconfigPath }: Setup,
  kwok: string,
): Promise<Component> {
  const component = await startComponent(supervisor, directory, kwok, [
    `--kubeconfig=${kubeconfigPath}`,
    `--config=${join(dirname(kwok), KWOK_STAGES_FILE)}`,
    '--manage-all-nodes=false',
    `--manage-nodes-with-annotation-selector=${KWOK_ANNOTATION}=fake`,
    '--node-lease-duration-seconds=40',
  ]);
  const { status, body } = await apiRequest(access, 'POST', '/api/v1/nodes', windowsNode());
  if (status !== 201) throw new Error(`the API server refused the Windows node: ${body}`);
  await waitForComponents('the Windows node to be ready', [component], async () => {
    const node = await apiRequest(access, 'GET', `/api/v1/nodes/${WINDOWS_NODE}`);
    return /"type":\s*"Ready",\s*"status":\s*"True"/.test(node.body);
  });
  return component;
}

function windowsNode(): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: WINDOWS_NODE,
      annotations: { [KWOK_ANNOTATION]: 'fake' },
      labels: {
        'kubernetes.io/os': 'windows',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': WINDOWS_NODE,
        'node.kubernetes.io/windows-build': '10.0.20348',
      },
    },
    status: {
      allocatable: { cpu: '64', memory: '256Gi', pods: '10000' },
      capacity: { cpu: '64', memory: '256Gi', pods: '10000' },
      nodeInfo: {
        operatingSystem: 'windows',
        osImage: 'Windows Server 2022 Datacenter (simulated)',
        kernelVersion: '10.0.20348',
        architecture: 'amd64',
      },
    },
  };
}
