// SPDX-License-Identifier: Apache-2.0
// The main options of the chart, each in a release of its own on a real cluster, with the operator as it
// then runs. What cert-manager would do the test does.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  createPod,
  gmsa,
  namespaceWith,
  readyCredspec,
  SERVICE_ACCOUNT,
  windowsPod,
} from '../integration/windows-pods.ts';
import type { Finding } from '../../src/cli/diagnose/doctor/finding.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { pluginOf } from '../support/kubectl-plugin.ts';
import { metricValue } from '../support/metric-value.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { createTestCa } from '../support/test-certificates.ts';
import { uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { endToEnd } from './end-to-end.ts';
import { foreignKind } from './foreign-kind.ts';
import { CHART, NAMESPACE } from './helm.ts';
import { runHelmTest } from './helm-test.ts';
import { type Installation, installationIn, startInstallation } from './installation.ts';
import { EVERYTHING, SHORT } from './values.ts';

jest.setTimeout(120_000);

const CONFIGURATIONS = ['mutating', 'validating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/gmsa-operator`,
);

let own: Installation;
/** The release of this test. */
let installed: Installation;
let replicas: OperatorReplicas | undefined;

beforeAll(async () => {
  own = await startInstallation({ windowsNode: true });
  await own.cluster.apply(
    foreignKind('cert-manager.io', 'v1', 'Certificate'),
    foreignKind('cert-manager.io', 'v1', 'Issuer'),
    foreignKind('monitoring.coreos.com', 'v1', 'ServiceMonitor'),
    foreignKind('monitoring.coreos.com', 'v1', 'PrometheusRule'),
  );
});

afterEach(async () => {
  await replicas?.close();
  replicas = undefined;
  expect(await installed.uninstall()).toMatchObject({ code: 0 });
  await registered(false);
  await own.cluster.kubectl(
    'delete',
    'lease',
    'gmsa-operator',
    '-n',
    NAMESPACE,
    '--ignore-not-found',
  );
});

afterAll(() => own.stop());

interface ServiceMonitor {
  readonly spec: {
    readonly endpoints: readonly [
      {
        readonly scheme: string;
        readonly tlsConfig: {
          readonly serverName: string;
          readonly ca: { readonly secret: { readonly name: string; readonly key: string } };
        };
      },
    ];
  };
}

/** Whether the API server calls the operator's webhooks. */
function registered(wanted: boolean): Promise<unknown> {
  return waitFor(`webhook configurations: ${wanted}`, async () => {
    const found = await Promise.all(CONFIGURATIONS.map((path) => own.cluster.get(path)));
    return found.every((configuration) => (configuration !== undefined) === wanted);
  });
}

async function install(values: object, release = own): Promise<void> {
  installed = release;
  const { code, stderr } = await release.install(values);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** A replica as the Deployment says now, in place of the one that runs. */
async function run(): Promise<OperatorReplica> {
  await replicas?.close();
  replicas = await installed.replicas();
  return replicas.startReplica();
}

async function expectNothingForbidden(replica: OperatorReplica): Promise<void> {
  const code = { code: '403' };
  expect(metricValue(await replica.metrics(), 'rest_client_requests_total', code)).toBeUndefined();
}

/** What `kubectl gmsa doctor` says of the release's rights, told no more than the namespace. */
async function rights(): Promise<readonly Finding[]> {
  const { cluster, names } = installed;
  const doctor = ['doctor', '--operator-namespace', names.namespace, '-o', 'json'];
  const { stdout } = await pluginOf(cluster.controlPlane)(doctor);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return findings.filter(({ area }) => area === 'rbac');
}

const SOUND_RIGHTS = [
  'the operator may do all that it needs',
  'the ValidatingAdmissionPolicies that confine it are there',
  'the ValidatingAdmissionPolicyBindings that confine it are there',
].map((message) => ({ area: 'rbac', severity: 'ok', message }));

describe('admission.enabled=false', () => {
  it('takes the webhooks away that were registered, and does the access alone', async () => {
    await install(SHORT);
    await run();
    await registered(true);
    const values = { ...SHORT, admission: { enabled: false } };
    expect(await installed.upgrade(values)).toMatchObject({ code: 0 });
    // Before any credspec could say that admission is served elsewhere.
    expect(await rights()).toEqual(SOUND_RIGHTS);
    const replica = await run();
    await registered(false);
    expect(await rights()).toEqual(SOUND_RIGHTS);
    const { cluster } = installed;
    const namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
    const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
    await cluster.condition(credspec, 'AdmissionReady', {
      status: 'True',
      reason: 'ManagedElsewhere',
    });
    expect(await cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`)).toBe(true);
    const { spec } = await createPod(
      cluster.client,
      windowsPod(namespace, { securityContext: gmsa(credspec) }),
    );
    expect(spec.securityContext).toEqual(gmsa(credspec));
    expect(await runHelmTest(installed, replica)).toMatchObject({ code: 0 });
    await expectNothingForbidden(replica);
    expect(await rights()).toEqual(SOUND_RIGHTS);
  });
});

describe('admission.certificates.mode', () => {
  const HOST = `gmsa-operator-webhook.${NAMESPACE}.svc`;

  it.each(['external', 'cert-manager'])('%s: serves what is in the Secret', async (mode) => {
    const { cluster } = own;
    const secretName = `webhook-${mode}`;
    await install({ ...SHORT, admission: { certificates: { mode, secretName } } });
    // Before there is a Secret, which tells who makes it.
    expect(await rights()).toEqual(SOUND_RIGHTS);
    replicas = await own.replicas();
    const starting = replicas.startReplica();
    const ca = await createTestCa();
    const { certificate, key } = await ca.issue(
      mode === 'external' ? HOST : await certificateName(),
    );
    const data = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': ca.certificate };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: NAMESPACE },
      type: 'kubernetes.io/tls',
      stringData: data,
    });
    const replica = await starting;
    await endToEnd(cluster);
    expect(await runHelmTest(own, replica)).toMatchObject({ code: 0 });
    await expectNothingForbidden(replica);
    expect(await rights()).toEqual(SOUND_RIGHTS);
    await cluster.kubectl('delete', 'secret', secretName, '-n', NAMESPACE);
  });

  /** The name that cert-manager is asked for. */
  async function certificateName(): Promise<string> {
    const path = `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificates/gmsa-operator-webhook`;
    const object = await own.cluster.get<{
      readonly spec: { readonly secretName: string; readonly dnsNames: readonly string[] };
    }>(path);
    expect(object?.spec).toMatchObject({ secretName: 'webhook-cert-manager', dnsNames: [HOST] });
    return String(object?.spec.dnsNames[0]);
  }
});

describe('all options at once', () => {
  it('are taken by the API server and by the operator', async () => {
    const { extraArgs, ...everything } = EVERYTHING;
    await install({ ...everything, ...SHORT, extraArgs: [...extraArgs, ...SHORT.extraArgs] });
    const replica = await run();
    await endToEnd(own.cluster);
    expect(await runHelmTest(own, replica)).toMatchObject({ code: 0 });
    await expectNothingForbidden(replica);
    const monitoring = await own.cluster.kubectl(
      ...['get', 'servicemonitors,prometheusrules,configmaps', '-n', NAMESPACE, '-o', 'name'],
    );
    expect(monitoring.split('\n')).toEqual(
      expect.arrayContaining([
        'servicemonitor.monitoring.coreos.com/gmsa-operator',
        'prometheusrule.monitoring.coreos.com/gmsa-operator',
        'configmap/gmsa-operator-dashboard',
      ]),
    );
  });
});

describe('metrics.secure', () => {
  /** As Prometheus scrapes by this ServiceMonitor, from where the replica is. */
  async function scrape(replica: OperatorReplica, token?: string): Promise<number | undefined> {
    const { cluster } = own;
    const [{ scheme, tlsConfig }] = await scrapeConfig();
    const secret = await cluster.get<{ readonly data: Readonly<Record<string, string>> }>(
      `/api/v1/namespaces/${NAMESPACE}/secrets/${tlsConfig.ca.secret.name}`,
    );
    const request = get(replica.metricsUrl.replace('http:', `${scheme}:`), {
      servername: tlsConfig.serverName,
      ca: Buffer.from(secret?.data[tlsConfig.ca.secret.key] ?? '', 'base64'),
      agent: false,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = await text(response);
    expect(body.includes('gmsa_operator_build_info')).toBe(response.statusCode === 200);
    return response.statusCode;
  }

  async function scrapeConfig() {
    const monitor = await own.cluster.get<ServiceMonitor>(
      `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/servicemonitors/gmsa-operator`,
    );
    if (monitor === undefined) throw new Error('there is no ServiceMonitor');
    return monitor.spec.endpoints;
  }

  it('shows metrics to those whom the ClusterRole lets read them, by the ServiceMonitor', async () => {
    await install({ ...SHORT, metrics: { secure: true, serviceMonitor: { enabled: true } } });
    const replica = await run();
    const test = await runHelmTest(installed, replica);
    expect(test).toMatchObject({ code: 0 });
    expect(test.output).toContain('metrics are served to those who may read them');
    const { cluster } = own;
    const namespace = await namespaceWith(cluster, 'prometheus');
    const token = await cluster.kubectl('create', 'token', 'prometheus', '-n', namespace);
    expect(await scrape(replica)).toBe(401);
    expect(await scrape(replica, 'a.b.c')).toBe(401);
    expect(await scrape(replica, token.trim())).toBe(403);
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', 'gmsa-operator-metrics-reader'],
      ...['--clusterrole=gmsa-operator-metrics-reader'],
      `--serviceaccount=${namespace}:prometheus`,
    );
    await waitFor('the metrics', async () => (await scrape(replica, token.trim())) === 200);
    expect(await rights()).toEqual(SOUND_RIGHTS);
    await cluster.kubectl('delete', 'clusterrolebinding', 'gmsa-operator-metrics-reader');
  });
});

describe('helm test', () => {
  it('makes the Job, waits for it, and removes it', async () => {
    // On the simulated node every Job succeeds; what it would run is run elsewhere in these tests. The
    // operator's own pods must not seem to run there.
    const nodeSelector = { 'kubernetes.io/os': 'windows' };
    await install({ ...SHORT, replicaCount: 0, nodeSelector });
    await run();
    const { release, namespace } = installed.names;
    const { code, stdout } = await own.helm.run(['test', release, '--namespace', namespace]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/TEST SUITE: +gmsa-operator-test\n(.*\n)+Phase: +Succeeded/);
    expect(await own.cluster.kubectl('get', 'jobs', '-n', namespace, '-o', 'name')).toBe('');
  });
});

describe('delegates', () => {
  it('may bind credspecs to service accounts, and nothing that is more', async () => {
    await install({ ...SHORT, delegates: ['team-web'] });
    await run();
    const { cluster } = own;
    const namespace = await namespaceWith(cluster, SERVICE_ACCOUNT);
    const credspec = await readyCredspec(cluster);
    // May write RoleBindings there, as whoever has `admin` may.
    await cluster.kubectl(
      ...['create', 'role', 'binder', '-n', namespace, '--verb=create', '--resource=rolebindings'],
    );
    await cluster.kubectl(
      ...['create', 'rolebinding', 'binder', '-n', namespace, '--role=binder', '--user=ann'],
    );
    const bind = (name: string, ...as: readonly string[]) =>
      cluster.controlPlane.kubectl([
        ...['create', 'rolebinding', uniqueName('own'), '-n', namespace, `--clusterrole=${name}`],
        ...[`--serviceaccount=${namespace}:${SERVICE_ACCOUNT}`, '--as=ann', ...as],
      ]);
    const role = `gmsa-operator:${credspec}`;
    expect(await bind(role)).toMatchObject({ code: 1 });
    const asDelegate = '--as-group=team-web';
    expect(await bind('cluster-admin', asDelegate)).toMatchObject({ code: 1 });
    expect(await bind(role, asDelegate)).toMatchObject({ code: 0 });
    // The API server's authorizer hears of a binding a moment after its writer.
    await waitFor('the binding to be in force', () =>
      cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`),
    );
  });
});

describe('names', () => {
  it('of release, namespace and service account may be others', async () => {
    const names = { release: 'prod', namespace: 'identity', fullname: 'prod-gmsa' };
    const other = installationIn(own, names);
    await own.cluster.kubectl('create', 'namespace', names.namespace);
    await createServiceAccount(own.cluster.client, names.namespace, 'operator');
    await install(
      {
        ...SHORT,
        nameOverride: 'gmsa',
        // That of the releases before, which kept it.
        crds: { enabled: false },
        serviceAccount: { create: false, name: 'operator' },
      },
      other,
    );
    const replica = await run();
    await endToEnd(own.cluster);
    expect(await runHelmTest(other, replica)).toMatchObject({ code: 0 });
    await expectNothingForbidden(replica);
    expect(await rights()).toEqual(SOUND_RIGHTS);
    await own.cluster.kubectl('delete', 'role', '--all', '-n', names.namespace);
    const [lost] = await rights();
    expect(lost?.message).toContain('the operator may not get leases/gmsa-operator in identity');
    const command =
      'helm upgrade prod charts/gmsa-operator --namespace identity --reset-then-reuse-values';
    expect(lost?.remedy).toContain(command);
    const words = command.replace('charts/gmsa-operator', CHART).split(' ').slice(1);
    expect(await own.helm.run(words)).toMatchObject({ code: 0 });
    // The API server's authorizer hears of it a moment later.
    await waitFor('the remedy to help', async () => (await rights())[0]?.severity === 'ok');
    // With all rights, but by the operator's name, so that only the policy stands in the way.
    const { code, stderr } = await own.cluster.controlPlane.kubectl([
      ...['create', 'clusterrole', 'not-generated', '--verb=get', '--resource=pods'],
      ...['--as=system:serviceaccount:identity:operator', '--as-group=system:masters'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("ValidatingAdmissionPolicy 'gmsa-operator-confinement'");
  });
});
