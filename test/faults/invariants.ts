// SPDX-License-Identifier: Apache-2.0
// What has to be so when all faults are mended: access as users asked for it and no other, statuses that say so, and
// pods admitted by it.
import { createHash } from 'node:crypto';
import type { ClusterRole, RoleBinding } from '../../src/controller/access/rbac-objects.ts';
import type { GMSACredentialSpec } from '../../src/api/credspec.ts';
import { errorMessage } from '../../src/kube/client/api-error.ts';
import { REGISTRATION_PATHS } from '../integration/webhook-registrations.ts';
import { gmsaPod } from '../support/gmsa-pod.ts';
import type { TestCluster } from '../support/test-cluster.ts';
import type { Random } from './random.ts';
import { isWanted, type Tenants, type WantedAccess, wantedSubjects } from './wanted-access.ts';

const PREFIX = 'gmsa-operator:';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Pods that are tried in each look: all combinations would take longer than they tell more. */
const SAMPLE = 20;

interface List<T> {
  readonly items: readonly T[];
}

/** What is not as it should be; empty if nothing. */
export async function violations({
  cluster,
  wanted,
  tenants,
  random,
}: {
  readonly cluster: TestCluster;
  readonly wanted: WantedAccess;
  readonly tenants: Tenants;
  readonly random: Random;
}): Promise<readonly string[]> {
  const list = async <T>(path: string): Promise<readonly T[]> =>
    (await cluster.client.request<List<T>>({ method: 'GET', path })).items;
  const credspecs = await list<GMSACredentialSpec>('/apis/windows.k8s.io/v1/gmsacredentialspecs');
  const roles = await list<ClusterRole>(`${RBAC}/clusterroles`);
  const bindings = await list<RoleBinding>(`${RBAC}/rolebindings`);
  const found: string[] = [];

  const byName = new Map(credspecs.map((credspec) => [credspec.metadata.name, credspec]));
  for (const [name, entries] of wanted) {
    const credspec = byName.get(name);
    if (credspec === undefined) {
      found.push(`credspec ${name} is gone`);
      continue;
    }
    found.push(...statusViolations(credspec, entries.join(',')));
    const role = roles.find(({ metadata }) => metadata.name === PREFIX + name);
    const isRight =
      isOwn(role, credspec) &&
      JSON.stringify(role?.rules?.map(({ verbs, resourceNames }) => [verbs, resourceNames])) ===
        JSON.stringify([[['use'], [name]]]);
    if (!isRight) found.push(`ClusterRole of ${name} is ${JSON.stringify(role)}`);
    for (const namespace of tenants.namespaces) {
      const binding = bindings.find(
        ({ metadata }) => metadata.name === PREFIX + name && metadata.namespace === namespace,
      );
      const subjects = wantedSubjects(entries, namespace);
      const actual = (binding?.subjects ?? [])
        .map((subject) =>
          subject.kind === 'ServiceAccount'
            ? `${subject.namespace ?? ''}/${subject.name}`
            : subject.name,
        )
        .sort();
      const isRightBinding =
        subjects.length === 0 ? binding === undefined : isOwn(binding, credspec);
      if (!isRightBinding || JSON.stringify(actual) !== JSON.stringify(subjects)) {
        found.push(
          `RoleBinding ${namespace}/${name} is ${JSON.stringify(binding)} and should be for ${subjects.join(', ') || 'nobody'}`,
        );
      }
    }
  }
  for (const { metadata } of [...roles, ...bindings]) {
    const { name } = metadata;
    if (name.startsWith(PREFIX) && !wanted.has(name.slice(PREFIX.length))) {
      found.push(`${name} in ${metadata.namespace ?? 'the cluster'} is of no credspec`);
    }
  }
  for (const path of Object.values(REGISTRATION_PATHS)) {
    if ((await cluster.get(path)) === undefined) found.push(`${path} is gone`);
  }
  return found.length > 0 ? found : podViolations({ cluster, wanted, tenants, random });
}

function statusViolations({ metadata, status }: GMSACredentialSpec, annotation: string): string[] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const hash = createHash('sha256').update(annotation).digest('hex');
  const isRight = ready?.status === 'True' && status?.observedAnnotationHash === hash;
  return isRight ? [] : [`status of ${metadata.name} is ${JSON.stringify(status)}`];
}

function isOwn(
  object: ClusterRole | RoleBinding | undefined,
  { metadata: { name, uid } }: GMSACredentialSpec,
): boolean {
  const { labels, annotations, ownerReferences } = object?.metadata ?? {};
  return (
    labels?.['app.kubernetes.io/managed-by'] === 'gmsa-operator' &&
    annotations?.['gmsa-operator.io/credspec'] === name &&
    ownerReferences?.length === 1 &&
    ownerReferences[0]?.uid === uid
  );
}

/** Pods of random service accounts are admitted if, and only if, users asked for it. */
async function podViolations({
  cluster,
  wanted,
  tenants,
  random,
}: Parameters<typeof violations>[0]): Promise<readonly string[]> {
  const names = [...wanted.keys()];
  if (names.length === 0) return [];
  const found: string[] = [];
  for (let i = 0; i < SAMPLE; i++) {
    const credspec = random.pick(names);
    const namespace = random.pick(tenants.namespaces);
    const account = random.pick(tenants.serviceAccounts);
    const refusal = await tryPod(cluster, { namespace, credspec, account });
    const should = isWanted(wanted.get(credspec) ?? [], namespace, account);
    if ((refusal === undefined) !== should) {
      found.push(
        `a pod of ${namespace}/${account} as ${credspec} should be ${should ? 'admitted' : 'refused'}, and is not: ${refusal ?? 'admitted'}`,
      );
    }
  }
  return found;
}

/**
 * Why pods are refused whose service account may use the credspec by now, as the API server's own authorizers say;
 * empty if none is. It is then admission that is late, and not the access.
 */
export async function refusalsThoughAuthorized({
  cluster,
  wanted,
  tenants: { serviceAccounts },
  random,
}: Parameters<typeof violations>[0]): Promise<readonly string[]> {
  const grants = [...wanted].flatMap(([credspec, entries]) =>
    entries.map((entry) => ({ credspec, entry })),
  );
  if (grants.length === 0) return [];
  const found: string[] = [];
  for (let i = 0; i < SAMPLE; i++) {
    const { credspec, entry } = random.pick(grants);
    const [namespace = '', name = ''] = entry.split('/');
    const account = name === '*' ? random.pick(serviceAccounts) : name;
    if (!(await cluster.canUse(credspec, `${namespace}/${account}`))) continue;
    const refusal = await tryPod(cluster, { namespace, credspec, account });
    if (refusal !== undefined) found.push(refusal);
  }
  return found;
}

/** Why the API server refuses a pod, which is not stored; undefined if it does not. */
export async function tryPod(
  cluster: TestCluster,
  {
    namespace,
    credspec,
    account,
  }: { readonly namespace: string; readonly credspec: string; readonly account: string },
): Promise<string | undefined> {
  try {
    await cluster.client.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: { dryRun: 'All' },
      body: gmsaPod({ credspec, serviceAccount: account }),
    });
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
