// SPDX-License-Identifier: Apache-2.0
// The chart installed with Helm in a cluster of its own, and the operator as its Deployment says. No node
// here can run containers: the Deployment's pods stay Pending, and processes with the arguments, the
// environment and the service account that it gives them are the endpoints of the chart's own Service.
import type { ControlPlaneOptions } from '../support/control-plane/control-plane.ts';
import { createOperatorReplicas, type OperatorReplicas } from '../support/operator-replicas.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { existingWebhookService } from '../support/webhook-service.ts';
import { CHART, type Helm, type HelmResult, NAMESPACE, RELEASE, startHelm } from './helm.ts';
import type { Deployment, EnvironmentVariable } from './workload.ts';

/** See {@link startInstallation}. */
export interface Installation {
  readonly cluster: TestCluster;
  readonly helm: Helm;
  /** `helm install` into a namespace that it creates, as docs/install.md has it. A failure is a result. */
  install(values?: object, args?: readonly string[]): Promise<HelmResult>;
  /** `helm upgrade` to these values, and no others of before. A failure is a result. */
  upgrade(values?: object, args?: readonly string[]): Promise<HelmResult>;
  /** `helm uninstall`; resolves when the objects are gone. A failure is a result. */
  uninstall(args?: readonly string[]): Promise<HelmResult>;
  /** Replicas as the Deployment says now; none yet. Ask again after an upgrade. */
  replicas(): Promise<OperatorReplicas>;
  /** Kills all replicas and ends the cluster. */
  stop(): Promise<void>;
}

/** `fieldRef`s of a container's environment that the chart uses. */
const FIELDS: Readonly<Record<string, string>> = { 'metadata.namespace': NAMESPACE };

/** A control plane with nothing installed. */
export async function startInstallation(options: ControlPlaneOptions = {}): Promise<Installation> {
  const cluster = await startTestCluster({ ...options, crd: 'leave-out', rbac: 'leave-out' });
  const helm = await startHelm(cluster.controlPlane.kubeconfigPath);
  const started: OperatorReplicas[] = [];
  const inNamespace = ['--namespace', NAMESPACE];

  return {
    cluster,
    helm,
    install: (values, args = []) =>
      helm.run(
        ['install', RELEASE, CHART, ...inNamespace, '--create-namespace', ...args],
        values ?? {},
      ),
    upgrade: (values, args = []) =>
      helm.run(['upgrade', RELEASE, CHART, ...inNamespace, ...args], values ?? {}),
    uninstall: (args = []) => helm.run(['uninstall', RELEASE, ...inNamespace, '--wait', ...args]),
    async replicas() {
      const replicas = await replicasOf(cluster);
      started.push(replicas);
      return replicas;
    },
    async stop() {
      await Promise.all(started.map((replicas) => replicas.close().catch(() => undefined)));
      await helm.close();
      await cluster.stop();
    },
  };
}

/** The Deployment as the API server has it. @throws Error where there is none. */
export async function deploymentIn(cluster: TestCluster): Promise<Deployment> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${RELEASE}`;
  const deployment = await cluster.get<Deployment>(path);
  if (deployment === undefined) throw new Error(`there is no Deployment ${NAMESPACE}/${RELEASE}`);
  return deployment;
}

async function replicasOf(cluster: TestCluster): Promise<OperatorReplicas> {
  const { spec } = await deploymentIn(cluster);
  const { serviceAccountName, containers } = spec.template.spec;
  const [{ args, env }] = containers;
  return createOperatorReplicas({
    service: existingWebhookService(cluster.client, {
      namespace: NAMESPACE,
      name: `${RELEASE}-webhook`,
    }),
    kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(NAMESPACE, serviceAccountName),
    command: args,
    env: Object.fromEntries(env.map((variable) => [variable.name, valueOf(variable)])),
  });
}

function valueOf({ name, value, valueFrom }: EnvironmentVariable): string {
  const found = value ?? FIELDS[valueFrom?.fieldRef?.fieldPath ?? ''];
  if (found === undefined) throw new Error(`where ${name} comes from is not known here`);
  return found;
}
