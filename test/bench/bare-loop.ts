// SPDX-License-Identifier: Apache-2.0
// The yardstick, a program of its own: it makes the writes of a cold start and does nothing else.
// What they say is made up beforehand by the operator's own functions; nothing is watched, compared
// or cached. Prints its CPU seconds. Usage: node bare-loop.ts <kubeconfig> <concurrency>
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllowedServiceAccounts } from '../../src/api/allowed-service-accounts.ts';
import { API_VERSION, FIELD_MANAGER, KIND } from '../../src/api/credspec.ts';
import { clusterRoleKind, roleBindingKind } from '../../src/controller/access/rbac-kinds.ts';
import {
  desiredClusterRole,
  desiredRoleBinding,
} from '../../src/controller/access/rbac-objects.ts';
import { ADMISSION_ELSEWHERE } from '../../src/controller/webhooks/webhook-health.ts';
import { credspecResource, decodeCredspec } from '../../src/controller/cached-credspec.ts';
import { desiredStatus } from '../../src/controller/status/desired-status.ts';
import {
  createKubeClient,
  type KubeClient,
  serverSideApply,
} from '../../src/kube/client/client.ts';
import type { KubeObject, ManagedKind } from '../../src/kube/managed-object.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import type { RawObject } from '../../src/kube/informer/watch-events.ts';
import { concurrently } from './concurrently.ts';

type Write = () => Promise<unknown>;

const [kubeconfig = '', concurrency = ''] = process.argv.slice(2);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(kubeconfig);
const client = await createKubeClient(kubeConfig, { userAgent: 'bare-loop' });
const { items } = await client.request<{ readonly items: readonly RawObject[] }>({
  method: 'GET',
  path: resourcePath(credspecResource),
});
const credspecs = items.map((raw) => writesFor(client, raw));
await concurrently(credspecs, Number(concurrency), async (writes) => {
  for (const write of writes) await write();
});
client.close();
const { user, system } = process.cpuUsage();
process.stdout.write(`${String((user + system) / 1e6)}\n`);

/** The writes that a credspec takes, in the operator's order. */
function writesFor(to: KubeClient, raw: RawObject): Write[] {
  const credspec = decodeCredspec(raw);
  const allowed = parseAllowedServiceAccounts(credspec.allowedAnnotation);
  const status = desiredStatus({
    credspec,
    allowed,
    access: {
      granted: allowed.grants,
      stillBound: [],
      missingNamespaces: [],
      failures: [],
      repairs: [],
      created: [],
    },
    admissionReady: ADMISSION_ELSEWHERE,
    previous: undefined,
    now: new Date(),
  });
  const path = resourcePath(credspecResource, { name: credspec.name, subresource: 'status' });
  const metadata = { name: credspec.name, uid: credspec.uid };
  return [
    create(to, clusterRoleKind, desiredClusterRole(credspec)),
    ...allowed.grants.map((grant) =>
      create(to, roleBindingKind, desiredRoleBinding(credspec, grant)),
    ),
    () =>
      serverSideApply(to, path, FIELD_MANAGER, {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata,
        status,
      }),
  ];
}

function create<D extends KubeObject>(to: KubeClient, kind: ManagedKind<D>, body: D): Write {
  const path = resourcePath(kind.resource, { namespace: body.metadata.namespace });
  return () => to.request({ method: 'POST', path, query: { fieldManager: FIELD_MANAGER }, body });
}
