// SPDX-License-Identifier: Apache-2.0
// The cluster in which a document is followed: controllers, a Windows node whose containers can be looked into,
// and the operator's pods, wherever the document has installed it.
import { type Installation, startInstallation } from '../../chart/installation.ts';
import type { ControlPlaneOptions } from '../../support/control-plane/control-plane.ts';
import { createServiceAccount } from '../../support/gmsa-pod.ts';
import { HEALTHY } from '../../support/healthy-container.ts';
import { startWindowsKubelet } from '../../support/windows-kubelet.ts';
import { type Guide, openGuide } from './guide.ts';
import { type OperatorPods, runOperatorPods } from './operator-pods.ts';

/** See {@link startGuide}. */
export interface FollowedGuide extends Guide {
  readonly installation: Installation;
  readonly pods: OperatorPods;
}

/** Namespaces in which workloads of documents can be looked into. */
const NAMESPACES = ['default', 'shop'];

/** A document, and a cluster with nothing installed. `close` ends both. */
export async function startGuide(
  path: string,
  {
    extraApiServerArgs = [],
    ...options
  }: Omit<Parameters<typeof openGuide>[1], 'kubeconfig'> &
    Pick<ControlPlaneOptions, 'extraApiServerArgs'> = {},
): Promise<FollowedGuide> {
  const ends: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const installation = await startInstallation({
      ...{ controllers: true, scheduler: true, extraApiServerArgs },
    });
    ends.push(() => installation.stop());
    const { client, controlPlane } = installation.cluster;
    const { kubeconfigPath } = controlPlane;
    const kubelet = await startWindowsKubelet(
      { client, kubeconfigPath },
      { node: 'windows-0', namespaces: NAMESPACES },
    );
    ends.push(() => kubelet.stop());
    for (const namespace of NAMESPACES) await kubelet.play(namespace, HEALTHY);
    const pods = runOperatorPods(installation);
    ends.push(() => pods.stop());
    const guide = await openGuide(path, { ...options, kubeconfig: kubeconfigPath });
    ends.push(() => guide.close());
    return { ...guide, installation, pods, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The chart with its default values, as docs/install.md has it. @throws Error with what Helm says. */
export async function installOperator(
  { installation }: FollowedGuide,
  values: object = {},
): Promise<void> {
  const { code, stderr } = await installation.install(values, ['--wait']);
  if (code !== 0) throw new Error(stderr);
}

/**
 * After an uninstall, for the next installation not to wait until the Lease expires: who has led had no right
 * any more to give it back.
 */
export async function freeLease({
  installation: { cluster, names },
}: FollowedGuide): Promise<void> {
  const { namespace, fullname } = names;
  await cluster.kubectl(
    'delete',
    'lease',
    fullname,
    `--namespace=${namespace}`,
    '--ignore-not-found',
  );
}

/** `gmsa-webapp1` of config/samples; resolves when it is ready. */
export async function applySample({ installation: { cluster } }: FollowedGuide): Promise<void> {
  await cluster.kubectl('apply', '--filename', 'config/samples/gmsa-webapp1.yaml');
  await cluster.condition('gmsa-webapp1', 'Ready', { status: 'True' });
}

/** A Deployment of Windows pods with a service account of its name, which is to be an account. */
export async function deployWorkload(
  { installation: { cluster } }: FollowedGuide,
  { name, namespace, credspec }: { name: string; namespace: string; credspec: string },
): Promise<void> {
  await createServiceAccount(cluster.client, namespace, name);
  const labels = { app: name };
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          os: { name: 'windows' },
          nodeSelector: { 'kubernetes.io/os': 'windows' },
          securityContext: { windowsOptions: { gmsaCredentialSpecName: credspec } },
          containers: [{ name: 'main', image: 'registry.example/webapp:1' }],
        },
      },
    },
  });
}
