// SPDX-License-Identifier: Apache-2.0
// A cluster with the CRD and the operator's RBAC installed, and the few verbs that tests speak in.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import type { Condition } from '../../src/api/conditions.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  API_VERSION,
  type GMSACredentialSpec,
  KIND,
} from '../../src/api/credspec.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import type { KubeObject } from '../../src/kube/managed-object.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane/control-plane.ts';
import { connectOrStartControlPlane } from './control-plane/existing-cluster.ts';
import { established } from './established.ts';
import { waitFor } from './wait-for.ts';

/** Files of the project that are installed as they are. */
export const CRD_FILE = projectFile('crds/windows.k8s.io_gmsacredentialspecs.yaml');
export const RBAC_DIRECTORY = projectFile('config/rbac');

/** Contents that no check faults: the documentation's WebApp1. */
export const WEBAPP1_CONTENTS = {
  ActiveDirectoryConfig: {
    GroupManagedServiceAccounts: [
      { Name: 'WebApp1', Scope: 'CONTOSO' },
      { Name: 'WebApp1', Scope: 'contoso.com' },
    ],
  },
  CmsPlugins: ['ActiveDirectory'],
  DomainJoinConfig: {
    DnsName: 'contoso.com',
    DnsTreeName: 'contoso.com',
    Guid: '244818ae-87ac-4fcd-92ec-e79e5252348a',
    MachineAccountName: 'WebApp1',
    NetBiosName: 'CONTOSO',
    Sid: 'S-1-5-21-2126449477-2524075714-3094792973',
  },
};

/** See {@link startTestCluster}. */
export interface TestCluster {
  readonly controlPlane: ControlPlane;
  /** The administrator's. */
  readonly client: KubeClient;
  /** kubectl as the administrator; stdout. @throws Error with stderr where it fails. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** `kubectl apply` of objects, as a user does it. */
  apply(...objects: readonly object[]): Promise<string>;
  /** A new namespace with a name of its own. */
  createNamespace(prefix?: string): Promise<string>;
  /** Writes a credspec; `allowed` is the annotation. */
  applyCredspec(
    name: string,
    options?: { readonly allowed?: string; readonly contents?: unknown },
  ): Promise<void>;
  /** Sets the annotation, or removes it. */
  allow(name: string, allowed: string | undefined): Promise<void>;
  credspec(name: string): Promise<GMSACredentialSpec>;
  /** The object at a path as it is now, or `undefined`. */
  get<T = KubeObject>(path: string): Promise<T | undefined>;
  /** Waits until a condition is as described, for the generation and annotation of now. */
  condition(
    name: string,
    type: string,
    wanted: { readonly status: string; readonly reason?: string },
  ): Promise<Condition>;
  /** What the API server says on `kubectl auth can-i use` for a service account. */
  canUse(credspec: string, serviceAccount: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** A unique name: tests share clusters, and clusters may exist for longer than tests. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Paths of generated objects. */
export const clusterRolePath = (credspec: string): string =>
  `/apis/rbac.authorization.k8s.io/v1/clusterroles/gmsa-operator:${credspec}`;
export const roleBindingPath = (namespace: string, credspec: string): string =>
  `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/gmsa-operator:${credspec}`;

/** Starts a control plane, or connects to an existing one, and installs what the operator needs. */
export async function startTestCluster(
  options: ControlPlaneOptions & {
    readonly crd?: 'install' | 'leave-out';
    readonly rbac?: 'install' | 'leave-out';
  } = {},
): Promise<TestCluster> {
  const controlPlane = await connectOrStartControlPlane(options);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(controlPlane.kubeconfigPath);
  const client = await createKubeClient(kubeConfig, { userAgent: 'gmsa-operator-test' });

  async function kubectlWithInput(args: readonly string[], stdin?: string): Promise<string> {
    const result = await controlPlane.kubectl(args, stdin === undefined ? {} : { stdin });
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }
  const kubectl = (...args: readonly string[]) => kubectlWithInput(args);
  const apply = (...objects: readonly object[]) =>
    kubectlWithInput(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );

  const cluster: TestCluster = {
    controlPlane,
    client,
    kubectl,
    apply,
    async createNamespace(prefix = 'test') {
      const name = uniqueName(prefix);
      await kubectl('create', 'namespace', name);
      return name;
    },
    async applyCredspec(name, { allowed, contents = WEBAPP1_CONTENTS } = {}) {
      await client.request({
        method: 'PATCH',
        path: credspecPath(name),
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'a-user', force: 'true' },
        body: {
          apiVersion: API_VERSION,
          kind: KIND,
          metadata: {
            name,
            ...(allowed === undefined
              ? {}
              : { annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: allowed } }),
          },
          credspec: contents,
        },
      });
    },
    async allow(name, allowed) {
      await client.request({
        method: 'PATCH',
        path: credspecPath(name),
        contentType: 'application/merge-patch+json',
        body: {
          metadata: { annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: allowed ?? null } },
        },
      });
    },
    credspec: (name) => client.request({ method: 'GET', path: credspecPath(name) }),
    async get<T>(path: string) {
      try {
        return await client.request<T>({ method: 'GET', path });
      } catch (error) {
        if (classifyError(error) === 'not-found') return undefined;
        throw error;
      }
    },
    condition: (name, type, wanted) =>
      waitFor(`credspec ${name}: ${type}=${wanted.status} ${wanted.reason ?? ''}`, async () => {
        const { metadata, status } = await cluster.credspec(name);
        const condition = status?.conditions?.find((candidate) => candidate.type === type);
        const matches =
          condition?.status === wanted.status &&
          (wanted.reason === undefined || condition.reason === wanted.reason) &&
          condition.observedGeneration === metadata.generation;
        return matches ? condition : undefined;
      }),
    async canUse(credspec, serviceAccount) {
      const [namespace = '', name = ''] = serviceAccount.split('/');
      const review = await client.request<{ status: { allowed: boolean } }>({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: `system:serviceaccount:${namespace}:${name}`,
            groups: [
              'system:serviceaccounts',
              `system:serviceaccounts:${namespace}`,
              'system:authenticated',
            ],
            resourceAttributes: {
              group: 'windows.k8s.io',
              resource: 'gmsacredentialspecs',
              verb: 'use',
              name: credspec,
              namespace,
            },
          },
        },
      });
      return review.status.allowed;
    },
    async stop() {
      client.close();
      await controlPlane.stop();
    },
  };

  try {
    if (options.rbac !== 'leave-out') await kubectl('apply', '-f', RBAC_DIRECTORY);
    if (options.crd !== 'leave-out') {
      await kubectl('apply', '-f', CRD_FILE);
      await established(kubectl, ['-f', CRD_FILE]);
    }
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** Path of a credspec. */
export function credspecPath(name: string): string {
  return `/apis/windows.k8s.io/v1/gmsacredentialspecs/${name}`;
}

function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
