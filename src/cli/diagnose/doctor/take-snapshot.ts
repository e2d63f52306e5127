// SPDX-License-Identifier: Apache-2.0
// Reads what `doctor` judges. Each part by itself, so that what may not be read keeps nothing else away.
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../controller/webhooks/registration-types.ts';
import { webhookEndpoints } from '../../../controller/webhooks/webhook-endpoints.ts';
import { decodeSecret } from '../../../controller/webhooks/secret.ts';
import { GROUP, MANAGED_BY_LABEL, MANAGED_BY_VALUE, PLURAL } from '../../../api/credspec.ts';
import { reviewAccess } from '../../../kube/client/access-review.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import { leasePath } from '../../../kube/leader-election/lease.ts';
import type { KubeObject } from '../../../kube/managed-object.ts';
import { resourcePath } from '../../../kube/client/resource.ts';
import type { RawObject } from '../../../kube/informer/watch-events.ts';
import type { Cluster } from '../../cluster.ts';
import { installedDefinition, listCredspecs } from '../../credspecs.ts';
import { readAllGenerated } from '../../generated-access/read-generated.ts';
import { observationOf, whyNoStatus } from '../../observation.ts';
import type { PodObject } from '../pod.ts';
import { listAll, mapRead, readObject, type Reading, reading, valueOr } from '../reading.ts';
import type { EventObject } from '../refusal.ts';
import {
  ADMISSION_POLICIES,
  ADMISSION_POLICY_BINDINGS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EVENTS,
  MUTATING_CONFIGURATIONS,
  NODES,
  PODS,
  SECRETS,
  VALIDATING_CONFIGURATIONS,
} from '../resources.ts';
import { type HandshakeResult, shakeHands } from './handshake.ts';
import { ownConfigurations, registeredTarget } from './own-configurations.ts';
import { type OperatorSettings, operatorSettings } from './operator-settings.ts';
import { neededPermissions, type Permission } from './permissions.ts';
import { readOperator } from './read-operator.ts';
import type {
  CrdObject,
  LeaseObject,
  NodeObject,
  ServedCertificate,
  Snapshot,
} from './snapshot.ts';

const LEASE = 'gmsa-operator';

const ABSENT = { type: 'absent' } as const;

/** Who runs more replicas has the same to learn from these. */
const MAX_HANDSHAKES = 10;

/** Where and how it is looked. */
export interface SnapshotOptions {
  /** Of the operator. */
  readonly namespace: string;
  /** Undefined: as its Deployment says. */
  readonly serviceAccount?: string | undefined;
  /** The Secret with the webhooks' certificate. Undefined: as its Deployment says. */
  readonly certSecret?: string | undefined;
  /** The version of this plugin. */
  readonly plugin: string;
  readonly now: Date;
}

/** Reads it all. @throws what the client throws, but for missing objects and rights. */
export async function takeSnapshot(
  { client, kubeConfig }: Pick<Cluster, 'client' | 'kubeConfig'>,
  { namespace, plugin, now, ...asked }: SnapshotOptions,
): Promise<Snapshot> {
  const version = await reading(
    client.request<{ gitVersion: string }>({ method: 'GET', path: '/version' }),
  );
  const workload = await readOperator(client, namespace);
  const settings = operatorSettings(workload, asked);
  const installed = await allOf({
    definition: installedDefinition(client),
    crd: readObject<CrdObject>(client, CUSTOM_RESOURCE_DEFINITIONS, { name: `${PLURAL}.${GROUP}` }),
    lease: reading(
      client.request<LeaseObject>({ method: 'GET', path: leasePath({ namespace, name: LEASE }) }),
    ),
    certificate: reading(readCertificate(client, namespace, settings.certSecret)),
    mutating: reading(listAll<MutatingWebhookConfiguration>(client, MUTATING_CONFIGURATIONS)),
    validating: reading(listAll<ValidatingWebhookConfiguration>(client, VALIDATING_CONFIGURATIONS)),
  });
  const credspecs = await reading(listCredspecs(client));
  const isUntold = valueOr(credspecs, []).some(
    (credspec) => whyNoStatus(observationOf(credspec, installed.definition)) !== undefined,
  );
  const access = await allOf({
    policies: reading(namesOf(listAll<KubeObject>(client, ADMISSION_POLICIES))),
    policyBindings: reading(namesOf(listAll<KubeObject>(client, ADMISSION_POLICY_BINDINGS))),
    missingPermissions: reading(missingPermissionsOf(client, namespace, settings)),
    generated: isUntold ? reading(readAllGenerated(client)) : Promise.resolve(ABSENT),
  });
  const used = await allOf({
    nodes: reading(
      listAll<NodeObject>(client, NODES, { labelSelector: 'kubernetes.io/os=windows' }),
    ),
    pods: reading(listAll<PodObject>(client, PODS)),
    events: reading(listAll<EventObject>(client, EVENTS, { fieldSelector: 'reason=FailedCreate' })),
    handshakes: handshakesWith({ client, kubeConfig }, installed),
  });
  return {
    now,
    kubernetes: mapRead(version, ({ gitVersion }) => gitVersion),
    namespace,
    plugin,
    workload,
    settings,
    ...installed,
    credspecs,
    ...access,
    ...used,
  };
}

/** As `Promise.all`, by name. */
async function allOf<T extends Readonly<Record<string, unknown>>>(promises: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const values = await Promise.all(Object.values(promises));
  return Object.fromEntries(Object.keys(promises).map((name, i) => [name, values[i]])) as T;
}

/** The key is let go of before anything else sees the Secret. */
async function readCertificate(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<ServedCertificate> {
  const raw = await client.request<RawObject>({
    method: 'GET',
    path: resourcePath(SECRETS, { namespace, name }),
  });
  const { data } = decodeSecret(raw);
  const { labels }: KubeObject['metadata'] = raw.metadata;
  const isOperators = labels?.[MANAGED_BY_LABEL] === MANAGED_BY_VALUE;
  const decoded = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  return {
    secret: name,
    isOperators,
    certificate: decoded('tls.crt'),
    authorities: decoded('ca.crt'),
  };
}

async function namesOf(objects: Promise<readonly KubeObject[]>): Promise<readonly string[]> {
  return (await objects).map(({ metadata }) => metadata.name);
}

/** What the service account needs and may not do: asked of the API server, which knows of every binding. @throws ApiError */
async function missingPermissionsOf(
  client: KubeClient,
  namespace: string,
  { serviceAccount, certSecret }: OperatorSettings,
): Promise<readonly Permission[]> {
  const account = { namespace, name: serviceAccount };
  const reviewed = await Promise.all(
    neededPermissions(namespace, certSecret).map(async (permission) => {
      const { verb, group, name } = permission;
      const [resource = '', subresource] = permission.resource.split('/');
      const { allowed } = await reviewAccess(client, account, {
        verb,
        group,
        resource,
        subresource,
        name,
        namespace: permission.namespace,
      });
      return allowed ? [] : [permission];
    }),
  );
  return reviewed.flat();
}

async function handshakesWith(
  { client, kubeConfig }: Pick<Cluster, 'client' | 'kubeConfig'>,
  configurations: Pick<Snapshot, 'mutating' | 'validating'>,
): Promise<Reading<readonly HandshakeResult[]>> {
  const target = registeredTarget(configurations);
  if (target === undefined) return { type: 'absent' };
  const endpoints = await reading(webhookEndpoints(client, target, new AbortController().signal));
  if (endpoints.type !== 'read') return endpoints;
  const bundle = ownConfigurations(configurations)[0]?.bundle ?? '';
  return {
    type: 'read',
    value: await Promise.all(
      valueOr(endpoints, [])
        .slice(0, MAX_HANDSHAKES)
        .map((endpoint) => shakeHands(kubeConfig, endpoint, bundle)),
    ),
  };
}
