// SPDX-License-Identifier: Apache-2.0
// What breaks without a permission of the chart: every rule is taken away in turn, and each permission that
// the audit log does not show in use (permissions-used.test.ts).
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import {
  createPod,
  gmsa,
  namespaceWith,
  readyCredspec,
  refusalOf,
  SERVICE_ACCOUNT,
  windowsPod,
} from '../integration/windows-pods.ts';
import { metricValue } from '../support/metric-value.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { NAMESPACE } from './helm.ts';
import { type Installation, startInstallation } from './installation.ts';
import {
  NOT_LOGGED,
  operatorRoles,
  type Permission,
  permissionsIn,
  rulesWithout,
} from './permissions.ts';
import { SHORT } from './values.ts';

jest.setTimeout(60_000);

/** What is seen of an operator that runs without it. */
type Sign = (operator: OperatorProcess) => Promise<unknown>;

/** By the resource of the rule that is taken away, or by permission. */
const LOSSES: Readonly<Record<string, readonly [breaks: string, sign: Sign]>> = {
  gmsacredentialspecs: ['no replica is ever ready', neverReady('credspecs')],
  'gmsacredentialspecs/status': ['no status is written', noStatus],
  namespaces: ['no replica is ever ready', neverReady('namespaces')],
  clusterroles: ['no replica is ever ready', neverReady('clusterRoles')],
  rolebindings: ['no replica is ever ready', neverReady('roleBindings')],
  mutatingwebhookconfigurations: ['no replica is ever ready', neverReady('mutating-webhook')],
  validatingwebhookconfigurations: ['no replica is ever ready', neverReady('validating-webhook')],
  subjectaccessreviews: ['pods are refused that may be the account', refusesPods],
  leases: ['nobody leads', says('leases.coordination.k8s.io')],
  secrets: ['no replica is ever ready', neverReady('certificate-secret')],
  endpointslices: ['nobody knows whether replicas can be reached', says('endpointslices')],
  events: ['no Events are written', says('cannot create resource "events"')],

  'use gmsacredentialspecs': ['nothing can be granted', grantsNothing],
  'create mutatingwebhookconfigurations gmsa-operator': [
    'webhooks are not registered',
    says('cannot create resource "mutatingwebhookconfigurations"'),
  ],
  'create validatingwebhookconfigurations gmsa-operator': [
    'webhooks are not registered',
    says('cannot create resource "validatingwebhookconfigurations"'),
  ],
  'create leases gmsa-operator': ['nobody leads', says('leases.coordination.k8s.io')],
  'create secrets gmsa-operator-webhook-cert': [
    'there is no certificate',
    says('secrets "gmsa-operator-webhook-cert" is forbidden'),
  ],
  'create secrets gmsa-operator-webhook-ca': [
    'there is no CA',
    says('secrets "gmsa-operator-webhook-ca" is forbidden'),
  ],
};

let installation: Installation;
let roles: Awaited<ReturnType<typeof operatorRoles>>;
let started: readonly { close(): Promise<void> }[] = [];

beforeAll(async () => {
  installation = await startInstallation();
  expect(await installation.install(SHORT)).toMatchObject({ code: 0, stderr: '' });
  roles = await operatorRoles(installation.cluster);
});

afterAll(() => installation.stop());

/** What an operator before has left. */
const TRACES = [
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gmsa-operator',
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gmsa-operator',
  `/api/v1/namespaces/${NAMESPACE}/secrets/gmsa-operator-webhook-ca`,
  `/api/v1/namespaces/${NAMESPACE}/secrets/gmsa-operator-webhook-cert`,
  `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/gmsa-operator`,
];

beforeEach(async () => {
  const { cluster } = installation;
  for (const path of TRACES) {
    if ((await cluster.get(path)) !== undefined)
      await cluster.client.request({ method: 'DELETE', path });
  }
});

afterEach(async () => {
  await Promise.all(started.map((each) => each.close()));
  await setRules((rules) => rules);
});

async function setRules(change: (rules: RoleRules) => RoleRules): Promise<void> {
  for (const { path, object } of roles) {
    // Whatever was there last.
    const metadata = { ...object.metadata, resourceVersion: undefined };
    const body = { ...object, metadata, rules: change(object.rules) };
    await installation.cluster.client.request({ method: 'PUT', path, body });
  }
}

type RoleRules = Parameters<typeof rulesWithout>[0];

it('the table has every resource of the roles, and every permission that is not logged', () => {
  const granted = roles.flatMap(({ object }) => permissionsIn(object.rules));
  const resources = granted.map(resourceOf);
  expect(Object.keys(LOSSES).sort()).toEqual([...new Set([...resources, ...NOT_LOGGED])].sort());
});

it.each(Object.entries(LOSSES).map(([lost, [breaks, sign]]) => [lost, breaks, sign] as const))(
  'without %s: %s',
  async (lost, _, sign) => {
    const isLost = (permission: Permission): boolean =>
      permission === lost || resourceOf(permission) === lost;
    await setRules((rules) => rulesWithout(rules, isLost));
    const operator = await installation.process();
    started = [operator];
    await sign(operator);
  },
);

function resourceOf(permission: Permission): string {
  return permission.split(' ')[1] ?? '';
}

function neverReady(informer: string): Sign {
  return (operator) =>
    waitFor(`readiness to tell of ${informer}`, async () => {
      const { code, body } = await operator.readyz();
      const line = body.split('\n').find((each) => each.includes(informer));
      return code !== 200 && line?.includes('is forbidden');
    });
}

function says(text: string): Sign {
  return (operator) =>
    operator.logged(`that says: ${text}`, (line) =>
      JSON.stringify(line).includes(JSON.stringify(text).slice(1, -1)),
    );
}

/** One that is an endpoint: until somebody can be reached, statuses wait for what to say of admission. */
async function listedInPlaceOf(operator: OperatorProcess): Promise<OperatorProcess> {
  await operator.close();
  const replicas = await installation.replicas();
  started = [replicas];
  return replicas.startReplica();
}

async function noStatus(operator: OperatorProcess): Promise<void> {
  const { cluster } = installation;
  const replica = await listedInPlaceOf(operator);
  const credspec = uniqueName('webapp');
  await cluster.applyCredspec(credspec);
  await waitFor('failed reconciles', async () => {
    const page = await replica.metrics();
    return (metricValue(page, 'controller_runtime_reconcile_errors_total') ?? 0) > 0;
  });
  expect((await cluster.credspec(credspec)).status).toBeUndefined();
}

async function grantsNothing(operator: OperatorProcess): Promise<void> {
  await listedInPlaceOf(operator);
  const credspec = uniqueName('webapp');
  await installation.cluster.applyCredspec(credspec, { allowed: 'default/web' });
  const wanted = { status: 'False', reason: 'Forbidden' };
  await installation.cluster.condition(credspec, 'AccessGranted', wanted);
}

async function refusesPods(operator: OperatorProcess): Promise<void> {
  await listedInPlaceOf(operator);
  const { cluster } = installation;
  const namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
  const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
  const pod = windowsPod(namespace, { securityContext: gmsa(credspec) });
  expect((await refusalOf(createPod(cluster.client, pod))).message).toContain(
    'subjectaccessreviews',
  );
}
