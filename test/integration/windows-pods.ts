// SPDX-License-Identifier: Apache-2.0
// Pods with credential specs as users write them, made through the API server, and what it says to those
// that are refused.
import { ApiError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type TestCluster, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

/** A container of whatever list, as far as it is looked at here. */
export interface Container {
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly lifecycle?: {
    readonly postStart?: { readonly exec?: { readonly command: readonly string[] } };
  };
}

/** Of a pod or a container. */
export interface SecurityContext {
  readonly windowsOptions?: {
    readonly gmsaCredentialSpecName?: string;
    readonly gmsaCredentialSpec?: string;
    readonly hostProcess?: boolean;
    readonly runAsUserName?: string;
  };
}

/** A pod, as far as it is looked at here. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly hostname?: string;
    readonly hostNetwork?: boolean;
    readonly securityContext?: SecurityContext;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly ephemeralContainers?: readonly Container[];
  };
}

/** The service account of {@link windowsPod}. */
export const SERVICE_ACCOUNT = 'web';

/** A security context that names a credspec, brings contents, or both. */
export function gmsa(
  gmsaCredentialSpecName: string | undefined,
  gmsaCredentialSpec?: string,
): SecurityContext {
  return {
    windowsOptions: {
      ...(gmsaCredentialSpecName === undefined ? {} : { gmsaCredentialSpecName }),
      ...(gmsaCredentialSpec === undefined ? {} : { gmsaCredentialSpec }),
    },
  };
}

/** A container, for any of the three lists. */
export function container(name: string, securityContext?: SecurityContext): Container {
  return {
    name,
    // The API server wants it of every container, and nobody ever pulls it.
    ...{ image: 'registry.example/webapp:1' },
    ...(securityContext === undefined ? {} : { securityContext }),
  };
}

/** A Windows pod with a name of its own, one container, and whatever `spec` and `metadata` say besides. */
export function windowsPod(namespace: string, spec: object = {}, metadata: object = {}): Pod {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: uniqueName('webapp'), namespace, ...metadata },
    spec: {
      serviceAccountName: SERVICE_ACCOUNT,
      // No token volume: nothing runs in it.
      ...{ automountServiceAccountToken: false, os: { name: 'windows' } },
      containers: [container('main')],
      ...spec,
    },
  };
}

/** A pod that has nothing to do with any of this. */
export function linuxPod(namespace: string, metadata: object = {}): Pod {
  return windowsPod(namespace, { os: { name: 'linux' } }, metadata);
}

/** Path of a pod or of one of its subresources (`/ephemeralcontainers`). */
export function podPath({ metadata: { namespace, name } }: Pod, subresource = ''): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}${subresource}`;
}

/** Creates a pod and returns it as it is then. @throws ApiError where it is refused. */
export function createPod(client: KubeClient, pod: Pod): Promise<Pod> {
  return client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods`,
    body: pod,
  });
}

/** As `kubectl debug` does it. @throws ApiError where it is refused. */
export function addEphemeral(
  client: KubeClient,
  pod: Pod,
  ...ephemeralContainers: readonly Container[]
): Promise<Pod> {
  return client.request({
    method: 'PATCH',
    path: podPath(pod, '/ephemeralcontainers'),
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { ephemeralContainers } },
  });
}

/** What the API server says to a request that it refuses. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** The refusal of a request. @throws Error where it was not refused. */
export async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  const outcome = await outcomeOf(request);
  if (outcome === 'done') throw new Error('the API server refused nothing');
  return outcome;
}

/** What became of a request; other errors than refusals are thrown. */
export async function outcomeOf(request: Promise<unknown>): Promise<Refusal | 'done'> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { code: error.code, message: error.status.message ?? '' };
  }
}

/** What `kubectl create` prints of an object: its exit code, and warnings and errors. */
export async function kubectlCreate(
  { controlPlane }: Pick<TestCluster, 'controlPlane'>,
  object: object,
): Promise<{ readonly code: number; readonly stderr: string }> {
  return controlPlane.kubectl(['create', '-f', '-'], { stdin: JSON.stringify(object) });
}

/** A new namespace with service accounts. */
export async function namespaceWith(
  cluster: TestCluster,
  ...serviceAccounts: readonly string[]
): Promise<string> {
  const name = uniqueName('prod');
  await cluster.client.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
  for (const each of serviceAccounts) await createServiceAccount(cluster.client, name, each);
  return name;
}

/** A new credspec that is Ready, so that what it grants is in force. */
export async function readyCredspec(
  cluster: TestCluster,
  options: Parameters<TestCluster['applyCredspec']>[1] = {},
): Promise<string> {
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, options);
  await cluster.condition(name, 'Ready', { status: 'True' });
  return name;
}

/** Resolves when the API server calls the webhooks for pods, and somebody answers. */
export async function admissionInForce(cluster: TestCluster): Promise<void> {
  const namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
  const pod = windowsPod(namespace, { securityContext: gmsa(uniqueName('nobody')) });
  await waitFor('the webhooks to be in force', async () => {
    const outcome = await outcomeOf(
      cluster.client.request({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: { dryRun: 'All' },
        body: pod,
      }),
    );
    return outcome !== 'done' && outcome.message.includes('does not exist: create a');
  });
}
