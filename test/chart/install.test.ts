// SPDX-License-Identifier: Apache-2.0
// The life of a release, in order: looked at, installed with default values, used, upgraded, rolled back,
// uninstalled, and installed again over what was kept.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  createPod,
  gmsa,
  namespaceWith,
  SERVICE_ACCOUNT,
  windowsPod,
} from '../integration/windows-pods.ts';
import { metricValue } from '../support/metric-value.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { clusterRolePath, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { endToEnd } from './end-to-end.ts';
import { NAMESPACE, RELEASE } from './helm.ts';
import { runHelmTest } from './helm-test.ts';
import { type Installation, installationIn, startInstallation } from './installation.ts';

jest.setTimeout(120_000);

const SUCCEEDED = { code: 0, stderr: '' };

let installation: Installation;
let replicas: OperatorReplicas;
let running: readonly OperatorReplica[] = [];
/** Made while the operator ran, and there to the end. */
const kept = { credspec: uniqueName('kept'), namespace: '' };

beforeAll(async () => {
  installation = await startInstallation({ windowsNode: true });
  const { cluster } = installation;
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: NAMESPACE,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  });
});

afterAll(() => installation.stop());

/** As a rollout does it: new replicas first, then the old ones go. */
async function roll(): Promise<void> {
  const old = { replicas, running };
  replicas = await installation.replicas();
  running = [await replicas.startReplica(), await replicas.startReplica()];
  await stop(old);
}

/** As their pods are deleted. */
async function stop(old: { replicas: OperatorReplicas; running: readonly OperatorReplica[] }) {
  const ends = await Promise.all(old.running.map((replica) => old.replicas.stopReplica(replica)));
  expect(ends).toEqual(old.running.map(() => 'exit code 0'));
}

/** Requests of all replicas that the API server answered with 403. */
async function forbidden(): Promise<number> {
  const pages = await Promise.all(running.map((replica) => replica.metrics()));
  const counts = pages.map((page) =>
    metricValue(page, 'rest_client_requests_total', { code: '403' }),
  );
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

const get = <T>(path: string): Promise<T | undefined> => installation.cluster.get<T>(path);

const WEBHOOKS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(
  (resource) => `/apis/admissionregistration.k8s.io/v1/${resource}/gmsa-operator`,
);

describe('a release with default values', () => {
  it.each([NAMESPACE, 'not-there-yet'])(
    'is looked at with --dry-run=server, which writes nothing: namespace %s',
    async (namespace) => {
      const names = { ...installation.names, namespace };
      const review = installationIn(installation, names);
      const result = await review.install({}, ['--dry-run=server']);
      expect(result).toMatchObject(SUCCEEDED);
      expect(result.stdout).toContain('kind: ValidatingAdmissionPolicy');
      const { cluster } = installation;
      expect(await cluster.kubectl('get', 'all,secrets', '-n', namespace, '-o', 'name')).toBe('');
      const all = await cluster.kubectl('get', 'crds,clusterroles', '-o', 'name');
      expect(all).not.toContain('gmsa');
    },
  );

  it('is installed, and says what comes next', async () => {
    const result = await installation.install();
    expect(result).toMatchObject(SUCCEEDED);
    expect(result.stdout).toContain('kubectl annotate gmsacredentialspec <name> gmsa-operator.io/');
  });

  it('has pods at the level `restricted`', async () => {
    // The Deployment's controller makes them; no node here can run them.
    await waitFor('the pods', async () => (await installation.deployment()).status?.replicas === 2);
  });

  it('runs in two replicas with what it gives them, and lacks no permission', async () => {
    replicas = await installation.replicas();
    running = await Promise.all([replicas.startReplica(), replicas.startReplica()]);
    kept.namespace = await namespaceWith(installation.cluster, SERVICE_ACCOUNT);
    await installation.cluster.applyCredspec(kept.credspec, {
      allowed: `${kept.namespace}/${SERVICE_ACCOUNT}`,
    });
    await installation.cluster.condition(kept.credspec, 'Ready', { status: 'True' });
    await endToEnd(installation.cluster);
    expect(await forbidden()).toBe(0);
  });

  it('passes the command of `helm test` with every replica', async () => {
    for (const replica of running) {
      const { code, output } = await runHelmTest(installation, replica);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(/metrics are served\n.*: webhooks are served, with a certificate/);
    }
  });

  it('lets whoever has `view` read credspecs, and nobody write them who could not before', async () => {
    const { cluster } = installation;
    const can = async (verb: string, role: string) => {
      const { stdout } = await cluster.controlPlane.kubectl([
        ...['auth', 'can-i', verb, 'gmsacredentialspecs', '--as=somebody', `--as-group=${role}`],
      ]);
      return stdout.trim().split('\n').at(-1);
    };
    for (const role of ['view', 'admin']) {
      await cluster.kubectl(
        'create',
        'clusterrolebinding',
        role,
        `--clusterrole=${role}`,
        `--group=${role}`,
      );
    }
    await waitFor('aggregation', async () => (await can('list', 'view')) === 'yes');
    expect(await can('list', 'admin')).toBe('yes');
    for (const verb of ['create', 'update', 'patch', 'delete', 'use']) {
      expect({ verb, can: await can(verb, 'admin') }).toEqual({ verb, can: 'no' });
    }
  });
});

describe('an upgrade', () => {
  it('changes what the replicas are given, and nothing else changes', async () => {
    const before = await get<object>(WEBHOOKS[0] ?? '');
    const values = { admission: { randomHostname: true }, logLevel: 'debug' };
    expect(await installation.upgrade(values)).toMatchObject(SUCCEEDED);
    await roll();
    const pod = windowsPod(kept.namespace, { securityContext: gmsa(kept.credspec) });
    const { spec } = await createPod(installation.cluster.client, pod);
    expect(spec.hostname).toMatch(/^[a-z][a-z0-9]{14}$/);
    await endToEnd(installation.cluster);
    expect(await get(WEBHOOKS[0] ?? '')).toEqual(before);
  });

  it('is rolled back', async () => {
    const { helm, cluster } = installation;
    const result = await helm.run(['rollback', RELEASE, '1', '--namespace', NAMESPACE]);
    expect(result).toMatchObject(SUCCEEDED);
    await roll();
    const pod = windowsPod(kept.namespace, { securityContext: gmsa(kept.credspec) });
    expect((await createPod(cluster.client, pod)).spec.hostname).toBeUndefined();
    await endToEnd(cluster);
    expect(await forbidden()).toBe(0);
  });
});

describe('an uninstall', () => {
  let before: unknown;

  it('takes away all that could refuse a pod', async () => {
    before = await installation.cluster.credspec(kept.credspec);
    expect(await installation.uninstall()).toMatchObject({ code: 0 });
    await stop({ replicas, running });
    await waitFor('garbage collection of the webhook configurations', async () => {
      const left = await Promise.all(WEBHOOKS.map((path) => get(path)));
      return left.every((configuration) => configuration === undefined);
    });
    const pod = windowsPod(kept.namespace, { securityContext: gmsa('nobody-answers-for-this') });
    await expect(createPod(installation.cluster.client, pod)).resolves.toBeDefined();
  });

  it('keeps credspecs with their status, and the access that was granted', async () => {
    const { cluster } = installation;
    expect(await cluster.credspec(kept.credspec)).toEqual(before);
    expect(await cluster.canUse(kept.credspec, `${kept.namespace}/${SERVICE_ACCOUNT}`)).toBe(true);
  });

  it('leaves what docs/install.md says, and no other trace', async () => {
    const { cluster } = installation;
    const all = await cluster.kubectl(
      'get',
      'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings',
      ...['-o', 'name'],
    );
    expect(all.split('\n').filter((name) => name.includes('gmsa-operator'))).toEqual([
      `clusterrole.rbac.authorization.k8s.io/gmsa-operator:${kept.credspec}`,
    ]);
    const namespaced = await cluster.kubectl(
      ...['get', 'deployments,services,serviceaccounts,roles,rolebindings,secrets,leases'],
      ...['-n', NAMESPACE, '-o', 'name'],
    );
    expect(namespaced.trim().split('\n').sort()).toEqual([
      'lease.coordination.k8s.io/gmsa-operator',
      'secret/gmsa-operator-webhook-ca',
      'secret/gmsa-operator-webhook-cert',
      'serviceaccount/default',
    ]);
  });

  it('is followed by an installation that takes up what was kept', async () => {
    const { cluster } = installation;
    const { metadata } = await cluster.credspec(kept.credspec);
    expect(await installation.install()).toMatchObject(SUCCEEDED);
    running = [];
    await roll();
    await endToEnd(cluster);
    expect((await cluster.credspec(kept.credspec)).metadata.uid).toBe(metadata.uid);
    await cluster.condition(kept.credspec, 'AdmissionReady', { status: 'True' });
  });

  it('is followed by the removal of generated access, where that is wanted', async () => {
    const { cluster } = installation;
    expect(await installation.uninstall()).toMatchObject({ code: 0 });
    await stop({ replicas, running });
    await cluster.kubectl(
      ...['delete', 'clusterroles,rolebindings', '--all-namespaces'],
      ...['--selector', 'app.kubernetes.io/managed-by=gmsa-operator'],
    );
    expect(await get(clusterRolePath(kept.credspec))).toBeUndefined();
    expect(await cluster.canUse(kept.credspec, `${kept.namespace}/${SERVICE_ACCOUNT}`)).toBe(false);
    await expect(cluster.credspec(kept.credspec)).resolves.toBeDefined();
  });
});
