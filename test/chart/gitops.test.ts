// SPDX-License-Identifier: Apache-2.0
// What docs/gitops.md says: the chart and credspecs, applied as Argo CD and Flux do it, do not differ from
// the cluster after the operator has done its work.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { GMSACredentialSpec } from '../../src/api/credspec.ts';
import { established } from '../support/established.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { clusterRolePath, roleBindingPath, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { argoCdHealth } from './argo-cd-health.ts';
import { CHART, NAMESPACE, RELEASE } from './helm.ts';
import { type Installation, startInstallation } from './installation.ts';

jest.setTimeout(90_000);

/** Field managers, and how each applies. Argo CD without ServerSideApply=true is kubectl's own way. */
const WAYS = {
  'Argo CD': ['--server-side', '--field-manager=argocd-controller'],
  Flux: ['--server-side', '--field-manager=kustomize-controller', '--force-conflicts'],
  'Argo CD, client-side': ['--field-manager=argocd-controller'],
};

let installation: Installation;
let directory: string;
/** Chart and credspecs, as they stand in Git. */
let manifests: string;

const credspec = (name: string, allowed: string): object => ({
  apiVersion: 'windows.k8s.io/v1',
  kind: 'GMSACredentialSpec',
  metadata: {
    name,
    // Argo CD tells by these what belongs to an application.
    labels: { 'app.kubernetes.io/instance': 'accounts' },
    annotations: {
      'argocd.argoproj.io/tracking-id': `accounts:windows.k8s.io/GMSACredentialSpec:/${name}`,
      'gmsa-operator.io/allowed-service-accounts': allowed,
    },
  },
  credspec: WEBAPP1_CONTENTS,
});

async function kubectl(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await installation.cluster.controlPlane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stdout}${stderr}`);
}

/** What changes with every write: of each object of the manifests. */
async function resourceVersions(): Promise<string> {
  return installation.cluster.kubectl(
    ...['get', '--filename', manifests, '--output'],
    'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
  );
}

beforeAll(async () => {
  installation = await startInstallation({ controllers: true });
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-gitops-'));
  manifests = join(directory, 'manifests.yaml');
  const { cluster, helm } = installation;
  const template = ['template', RELEASE, CHART, '--namespace', NAMESPACE, '--no-hooks'];
  const { code, stdout, stderr } = await helm.run(template);
  if (code !== 0) throw new Error(stderr);
  const chart = join(directory, 'chart.yaml');
  await writeFile(chart, stdout);
  const credspecs = [credspec('webapp1', 'shop/default'), credspec('webapp2', 'nowhere/*, bad')];
  await writeFile(
    manifests,
    [stdout, ...credspecs.map((object) => JSON.stringify(object))].join('\n---\n'),
  );
  await cluster.kubectl('create', 'namespace', NAMESPACE);
  await cluster.kubectl('create', 'namespace', 'shop');
  await createServiceAccount(cluster.client, 'shop', 'web');
  await kubectl('apply', ...WAYS['Argo CD'], '--filename', chart);
  await established(cluster.kubectl);
  await kubectl('apply', ...WAYS['Argo CD'], '--filename', manifests);

  const replicas = await installation.replicas();
  await Promise.all([replicas.startReplica(), replicas.startReplica()]);
  await cluster.condition('webapp1', 'Ready', { status: 'True' });
  await cluster.condition('webapp2', 'Ready', { status: 'False', reason: 'InvalidAnnotation' });
});

afterAll(async () => {
  await installation.stop();
  await rm(directory, { recursive: true });
});

/** Has the operator make anew what it registers and generates. */
async function putToWork(): Promise<void> {
  const { cluster } = installation;
  const made = [...WEBHOOKS, clusterRolePath('webapp1'), roleBindingPath('shop', 'webapp1')];
  for (const path of made) await cluster.client.request({ method: 'DELETE', path });
  await waitFor('all that was deleted to be back', async () => {
    const objects = await Promise.all(made.map((path) => cluster.get(path)));
    return objects.every((object) => object !== undefined);
  });
  await cluster.condition('webapp1', 'Ready', { status: 'True' });
}

const WEBHOOKS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(
  (resource) => `/apis/admissionregistration.k8s.io/v1/${resource}/gmsa-operator`,
);

describe('what stands in Git', () => {
  it.each(Object.entries(WAYS))('is no different in the cluster: %s', async (_name, way) => {
    await kubectl('apply', ...way, '--filename', manifests);
    await putToWork();
    const { controlPlane } = installation.cluster;
    // Warnings about the annotation of the second credspec are on stderr.
    const { code, stdout } = await controlPlane.kubectl(['diff', ...way, '--filename', manifests]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('is not written by the operator again, nor by who applies it again', async () => {
    await kubectl('apply', ...WAYS.Flux, '--filename', manifests);
    await putToWork();
    const before = await resourceVersions();
    await kubectl('apply', ...WAYS.Flux, '--filename', manifests);
    expect(await resourceVersions()).toBe(before);
  });

  it('is not made out to hold what is generated from it', async () => {
    const generated = await installation.cluster.kubectl(
      ...['get', 'clusterroles,rolebindings', '--all-namespaces', '--output=json'],
      ...['--selector', 'app.kubernetes.io/managed-by=gmsa-operator'],
    );
    const { items } = JSON.parse(generated) as { readonly items: readonly Generated[] };
    expect(items.length).toBeGreaterThanOrEqual(3);
    for (const { metadata } of items) {
      expect(metadata.labels).not.toHaveProperty(['app.kubernetes.io/instance']);
      expect(metadata.annotations).not.toHaveProperty(['argocd.argoproj.io/tracking-id']);
      expect(metadata.ownerReferences).toHaveLength(1);
    }
  });
});

describe('the health check for Argo CD', () => {
  const current = (name: string): Promise<GMSACredentialSpec> =>
    installation.cluster.credspec(name);

  it('calls a credspec healthy that is ready', async () => {
    expect(await argoCdHealth(await current('webapp1'))).toEqual({
      status: 'Healthy',
      message: expect.stringMatching(/^Ready: /),
    });
  });

  it('calls one degraded that is not, and says why', async () => {
    expect(await argoCdHealth(await current('webapp2'))).toEqual({
      status: 'Degraded',
      message: expect.stringMatching(/^InvalidAnnotation: .*"bad"/),
    });
  });

  it('waits while the operator has not seen it, or not its newest contents', async () => {
    const waiting = { status: 'Progressing', message: 'Waiting for gmsa-operator' };
    const { status, ...without } = await current('webapp1');
    expect(status?.conditions?.length).toBeGreaterThan(0);
    expect(await argoCdHealth(without)).toEqual(waiting);
    expect(await argoCdHealth({ ...without, status: {} })).toEqual(waiting);
    const metadata = { ...without.metadata, generation: 2 };
    expect(await argoCdHealth({ ...without, metadata, status })).toEqual(waiting);
  });
});

interface Generated {
  readonly metadata: {
    readonly labels: object;
    readonly annotations: object;
    readonly ownerReferences: readonly object[];
  };
}
