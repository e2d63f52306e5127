// SPDX-License-Identifier: Apache-2.0
// Users who create, change and delete credspecs, and others who tamper with what the operator has generated.
import { setTimeout as delay } from 'node:timers/promises';
import type { ValidatingWebhookConfiguration } from '../../src/controller/webhooks/registration-types.ts';
import { ApiError, classifyError } from '../../src/kube/client/api-error.ts';
import type { ApiRequest } from '../../src/kube/client/client.ts';
import { REGISTRATION_PATHS } from '../integration/webhook-registrations.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  type TestCluster,
} from '../support/test-cluster.ts';
import type { Random } from './random.ts';
import type { Tenants, WantedAccess } from './wanted-access.ts';

/** Users at work. */
export interface Users {
  /** Does one thing, as often as it takes until the API server has taken it; returns what it was. */
  act(): Promise<string>;
  readonly wanted: WantedAccess;
}

const CREDSPECS = 12;
const RETRY_MS = 200;

const MERGE_PATCH = 'application/merge-patch+json';

/** Users of these namespaces; there is no credspec yet. */
export function createUsers({
  cluster,
  random,
  tenants,
}: {
  readonly cluster: TestCluster;
  readonly random: Random;
  readonly tenants: Tenants;
}): Users {
  const wanted = new Map<string, readonly string[]>();
  const names = Array.from({ length: CREDSPECS }, (_, i) => `webapp-${i}`);

  const entries = (): readonly string[] =>
    Array.from({ length: random.below(4) }, () => {
      const account = random.chance(0.15) ? '*' : random.pick(tenants.serviceAccounts);
      return `${random.pick(tenants.namespaces)}/${account}`;
    });

  const write = async (name: string): Promise<string> => {
    const allowed = entries();
    await persist(() => cluster.applyCredspec(name, { allowed: allowed.join(',') }));
    wanted.set(name, allowed);
    return `write ${name} for ${allowed.join(',') || 'nobody'}`;
  };

  const remove = async (name: string): Promise<string> => {
    await persist(() => unlessGone(cluster, { method: 'DELETE', path: credspecPath(name) }));
    wanted.delete(name);
    return `delete ${name}`;
  };

  /** Of something that may be there or not. */
  const tamper = async (what: string, request: ApiRequest): Promise<string> => {
    await persist(() => unlessGone(cluster, request));
    return what;
  };

  const patch = (path: string, body: object): ApiRequest => ({
    method: 'PATCH',
    path,
    contentType: MERGE_PATCH,
    body,
  });

  const tampering: readonly ((name: string, namespace: string) => Promise<string>)[] = [
    (name, namespace) =>
      tamper(`delete the RoleBinding ${namespace}/${name}`, {
        method: 'DELETE',
        path: roleBindingPath(namespace, name),
      }),
    (name, namespace) =>
      tamper(
        `add a subject to the RoleBinding ${namespace}/${name}`,
        patch(roleBindingPath(namespace, name), {
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }],
        }),
      ),
    (name, namespace) =>
      tamper(
        `take the label of the RoleBinding ${namespace}/${name} away`,
        patch(roleBindingPath(namespace, name), {
          metadata: { labels: { 'app.kubernetes.io/managed-by': null } },
        }),
      ),
    (name) =>
      tamper(`delete the ClusterRole of ${name}`, {
        method: 'DELETE',
        path: clusterRolePath(name),
      }),
    (name) =>
      tamper(`empty the ClusterRole of ${name}`, patch(clusterRolePath(name), { rules: [] })),
    (name) =>
      tamper(
        `take the label of the ClusterRole of ${name} away`,
        patch(clusterRolePath(name), {
          metadata: { labels: { 'app.kubernetes.io/managed-by': null } },
        }),
      ),
    // Not to delete it: while a configuration is gone and nobody leads, nothing holds pods.
    async () => {
      const path = random.pick(Object.values(REGISTRATION_PATHS));
      await persist(() => breakRegistration(cluster, path));
      return `break ${path}`;
    },
  ];

  return {
    wanted,
    act: async () => {
      const name = random.pick(names);
      if (random.chance(0.25)) {
        return random.pick(tampering)(name, random.pick(tenants.namespaces));
      }
      if (random.chance(0.15)) {
        const removed = await remove(name);
        return random.chance(0.5) ? `${removed}, ${await write(name)}` : removed;
      }
      return write(name);
    },
  };
}

/** Does something that can be done twice, until the API server has answered. */
async function persist(action: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await action();
      return;
    } catch (error) {
      if (error instanceof ApiError && classifyError(error) !== 'retry') throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Makes a webhook configuration call a Service that does not exist. */
async function breakRegistration({ client }: TestCluster, path: string): Promise<void> {
  const registration = await client.request<ValidatingWebhookConfiguration>({
    method: 'GET',
    path,
  });
  const webhooks = registration.webhooks?.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, service: { namespace: 'nowhere', name: 'nobody' } },
  }));
  try {
    await client.request({ method: 'PUT', path, body: { ...registration, webhooks } });
  } catch (error) {
    // The operator was writing at the same moment.
    if (classifyError(error) !== 'conflict') throw error;
  }
}

async function unlessGone({ client }: TestCluster, request: ApiRequest): Promise<void> {
  try {
    await client.request(request);
  } catch (error) {
    if (classifyError(error) !== 'not-found') throw error;
  }
}
