// SPDX-License-Identifier: Apache-2.0
// A stand-in for a Linux node on which the operator's pods seem to run: their logs are what the test writes,
// and their ports lead to a process of the operator on this machine.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { type Kubelet, startKubelet } from './kubelet.ts';

const LINUX = {
  labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
  nodeInfo: { operatingSystem: 'linux', osImage: 'simulated', architecture: 'amd64' },
};

/** Starts the node. Port 9443 of all pods of the namespace is `target`; no other one is listened on. */
export function startOperatorKubelet(
  access: { readonly client: KubeClient; readonly kubeconfigPath: string },
  {
    node,
    namespace,
    target,
    log,
    previousLog,
  }: {
    readonly node: string;
    readonly namespace: string;
    readonly target: { readonly address: string; readonly port: number };
    readonly log: string;
    readonly previousLog: string;
  },
): Promise<Kubelet> {
  return startKubelet(access, {
    node,
    ...LINUX,
    async prepare(directory) {
      const [logsFile, previousLogsFile] = [join(directory, 'log'), join(directory, 'previous')];
      await writeFile(logsFile, asContainerd(log));
      await writeFile(previousLogsFile, asContainerd(previousLog));
      const selector = { matchNamespaces: [namespace] };
      return {
        objects: [
          {
            ...{ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterPortForward' },
            metadata: { name: namespace },
            spec: { selector, forwards: [{ ports: [9443], target }] },
          },
          {
            ...{ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterLogs' },
            metadata: { name: namespace },
            spec: { selector, logs: [{ containers: ['manager'], logsFile, previousLogsFile }] },
          },
        ],
      };
    },
  });
}

/** The form in which container runtimes keep logs. */
function asContainerd(text: string): string {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => `2026-11-25T04:00:00.000000000Z stdout F ${line}\n`)
    .join('');
}
