// SPDX-License-Identifier: Apache-2.0
// The chart installed with Helm in a cluster of its own, and the operator as its Deployment says. No node
// here can run containers: the Deployment's pods stay Pending, and processes with the arguments, the
// environment and the service account that it gives them are the endpoints of the chart's own Service.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlaneOptions } from '../support/control-plane/control-plane.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { createOperatorReplicas, type OperatorReplicas } from '../support/operator-replicas.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { existingWebhookService, type WebhookService } from '../support/webhook-service.ts';
import { CHART, type Helm, type HelmResult, NAMESPACE, RELEASE, startHelm } from './helm.ts';
import { argumentsWithMounts } from './mounted-files.ts';
import type { Deployment, EnvironmentVariable } from './workload.ts';

/** What a release is called, and what its objects have in common in their names. */
export interface ReleaseNames {
  readonly release: string;
  readonly namespace: string;
  readonly fullname: string;
}

/** See {@link startInstallation}. */
export interface Installation {
  readonly cluster: TestCluster;
  readonly helm: Helm;
  readonly names: ReleaseNames;
  /** `helm install` into a namespace that it creates, as docs/install.md has it. A failure is a result. */
  install(values?: object, args?: readonly string[]): Promise<HelmResult>;
  /** `helm upgrade` to these values, and no others of before. A failure is a result. */
  upgrade(values?: object, args?: readonly string[]): Promise<HelmResult>;
  /** `helm uninstall`; resolves when the objects are gone. A failure is a result. */
  uninstall(args?: readonly string[]): Promise<HelmResult>;
  /** The Deployment as the API server has it. @throws Error where there is none. */
  deployment(): Promise<Deployment>;
  /** Replicas as the Deployment says now; none yet. Ask again after an upgrade. */
  replicas(): Promise<OperatorReplicas>;
  /** A process as the Deployment says now, which is no endpoint and may never be ready. */
  process(args?: readonly string[]): Promise<OperatorProcess>;
  /** Kills all replicas and processes, and ends the cluster. */
  stop(): Promise<void>;
}

const USUAL: ReleaseNames = { release: RELEASE, namespace: NAMESPACE, fullname: RELEASE };

/** A control plane with nothing installed. */
export async function startInstallation(
  options: ControlPlaneOptions = {},
  names = USUAL,
): Promise<Installation> {
  const cluster = await startTestCluster({ ...options, crd: 'leave-out', rbac: 'leave-out' });
  const helm = await startHelm(cluster.controlPlane.kubeconfigPath);
  return installationIn({ cluster, helm }, names);
}

/** A release in a cluster that is there; `stop` ends that, too. */
export function installationIn(
  { cluster, helm }: { readonly cluster: TestCluster; readonly helm: Helm },
  names = USUAL,
): Installation {
  const { release, namespace, fullname } = names;
  const started: { close(): Promise<void> }[] = [];
  const inNamespace = ['--namespace', namespace];

  async function deployment(): Promise<Deployment> {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${fullname}`;
    const found = await cluster.get<Deployment>(path);
    if (found === undefined) throw new Error(`there is no Deployment ${namespace}/${fullname}`);
    return found;
  }

  function valueOf({ name, value, valueFrom }: EnvironmentVariable): string {
    const isNamespace = valueFrom?.fieldRef?.fieldPath === 'metadata.namespace';
    const found = isNamespace ? namespace : value;
    if (found === undefined) throw new Error(`where ${name} comes from is not known here`);
    return found;
  }

  const service = (): WebhookService =>
    existingWebhookService(cluster.client, { namespace, name: `${fullname}-webhook` });

  /** What the Deployment gives its containers. */
  async function container() {
    const pod = (await deployment()).spec.template.spec;
    const { serviceAccountName, containers } = pod;
    const [{ env }] = containers;
    const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-mounts-'));
    started.push({ close: () => rm(directory, { recursive: true }) });
    return {
      kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(
        namespace,
        serviceAccountName,
      ),
      command: await argumentsWithMounts({ cluster, namespace }, pod, directory),
      env: Object.fromEntries(env.map((variable) => [variable.name, valueOf(variable)])),
    };
  }

  return {
    cluster,
    helm,
    names,
    install: (values = {}, args = []) =>
      helm.run(['install', release, CHART, ...inNamespace, '--create-namespace', ...args], values),
    upgrade: (values = {}, args = []) =>
      helm.run(['upgrade', release, CHART, ...inNamespace, ...args], values),
    uninstall: (args = []) => helm.run(['uninstall', release, ...inNamespace, '--wait', ...args]),
    deployment,
    async replicas() {
      const replicas = createOperatorReplicas({ service: service(), ...(await container()) });
      started.push(replicas);
      return replicas;
    },
    async process(args = []) {
      const { address } = service();
      const admission = { type: 'service', address, port: await freePort() } as const;
      const operator = await startOperator({ ...(await container()), admission, args });
      started.push(operator);
      return operator;
    },
    async stop() {
      await Promise.all(started.map((each) => each.close().catch(() => undefined)));
      await helm.close();
      await cluster.stop();
    },
  };
}
