// SPDX-License-Identifier: Apache-2.0
// docs/migrate-from-windows-gmsa.md, done as it says while pods are created, on a cluster in which a
// stand-in for the existing webhook is at work (existing-webhook.ts, existing-charts.ts).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createKubeClient } from '../../src/kube/client/client.ts';
import { container, createPod, gmsa, refusalOf, windowsPod } from '../integration/windows-pods.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { established } from '../support/established.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { createTestCa } from '../support/test-certificates.ts';
import { clusterRolePath, roleBindingPath } from '../support/test-cluster.ts';
import { existingWebhookService } from '../support/webhook-service.ts';
import { writeExistingCharts } from './existing-charts.ts';
import { type ExistingWebhook, startExistingWebhook } from './existing-webhook.ts';
import { type Guide, openGuide } from '../docs/guides/guide.ts';
import { type Installation, startInstallation } from './installation.ts';
import { type PodCreations, startPodCreations } from './pod-creations.ts';

jest.setTimeout(180_000);

const PODS = 2_000;

/** Names as the guide has them; namespace and first credspec are those of its last section. */
const VARIABLES = {
  ...{ WEBHOOK_RELEASE: 'gmsa', WEBHOOK_NAMESPACE: 'gmsa-system' },
  ...{ CRD_RELEASE: 'gmsa-crd', CRD_NAMESPACE: 'gmsa-system' },
};
const NAMESPACE = 'shop';
const CREDSPECS = ['webapp1', 'webapp2'];

const CONFIGURATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

let installation: Installation;
let directory: string;
let existing: ExistingWebhook;
let guide: Guide;
let creations: PodCreations;
/** Of the credspecs and of the CRD, by name, as they were in the beginning. */
let uids: ReadonlyMap<string, string>;
/** In the order in which they began; ended the other way round. */
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-migration-'));
  ends.push(() => rm(directory, { recursive: true }));
  installation = await startInstallation();
  ends.push(() => installation.stop());
  existing = await installExisting();
  await grantByHand();
  uids = await currentUids();
  guide = await openGuide('docs/migrate-from-windows-gmsa.md', {
    kubeconfig: installation.cluster.controlPlane.kubeconfigPath,
  });
  ends.push(() => guide.close());
  creations = startPodCreations(installation.cluster, {
    namespace: NAMESPACE,
    credspecs: CREDSPECS,
  });
  ends.push(() => creations.stop());
  await creations.more(100);
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** With Helm, as a user has it; the program that its Deployment would run is a server of this process. */
async function installExisting(): Promise<ExistingWebhook> {
  const { cluster, helm } = installation;
  const { WEBHOOK_RELEASE: name, WEBHOOK_NAMESPACE: namespace } = VARIABLES;
  const charts = await writeExistingCharts(directory);
  const ca = await createTestCa();
  const install = async (release: string, chart: string, values: object): Promise<void> => {
    const where = ['--namespace', namespace, '--create-namespace'];
    expect(await helm.run(['install', release, chart, ...where], values)).toMatchObject({
      code: 0,
    });
  };
  await install(VARIABLES.CRD_RELEASE, charts.crd, {});
  await established(cluster.kubectl, [`crd/${CRD}`]);
  await install(name, charts.webhook, {
    caBundle: Buffer.from(ca.certificate).toString('base64'),
  });

  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(await cluster.controlPlane.serviceAccountKubeconfig(namespace, name));
  const client = await createKubeClient(kubeConfig, { userAgent: 'existing-webhook' });
  const service = existingWebhookService(cluster.client, { namespace, name });
  const port = await freePort();
  const tls = await ca.issue(`${name}.${namespace}.svc`);
  const webhook = await startExistingWebhook({ client, address: service.address, port, tls });
  await service.setReplicas([{ port, ready: true }]);
  ends.push(() =>
    webhook.stop().then(() => {
      client.close();
    }),
  );
  // As kubelet ends it when the Deployment is gone.
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const ended = objectGone(path).then(() => webhook.stop());
  return { ...webhook, stop: () => ended };
}

const CRD = 'gmsacredentialspecs.windows.k8s.io';

/** Resolves then, or when nobody can tell any more. */
async function objectGone(path: string): Promise<void> {
  while ((await installation.cluster.get(path).catch(() => undefined)) !== undefined) {
    await delay(20, undefined, { ref: false });
  }
}

/** Credspecs, and what a person has written so that the namespace may use them. */
async function grantByHand(): Promise<void> {
  const { cluster } = installation;
  await cluster.kubectl('create', 'namespace', NAMESPACE);
  await createServiceAccount(cluster.client, NAMESPACE);
  await createServiceAccount(cluster.client, NAMESPACE, 'stranger');
  for (const credspec of CREDSPECS) {
    await cluster.applyCredspec(credspec);
    await cluster.apply(...usersOf(credspec));
  }
}

function usersOf(credspec: string): readonly object[] {
  const [apiGroup, name] = ['rbac.authorization.k8s.io', `${credspec}-users`];
  const apiVersion = `${apiGroup}/v1`;
  const use = { apiGroups: ['windows.k8s.io'], resources: ['gmsacredentialspecs'], verbs: ['use'] };
  return [
    {
      ...{ apiVersion, kind: 'ClusterRole', metadata: { name } },
      rules: [{ ...use, resourceNames: [credspec] }],
    },
    {
      ...{ apiVersion, kind: 'RoleBinding', metadata: { name, namespace: NAMESPACE } },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }],
    },
  ];
}

async function currentUids(): Promise<ReadonlyMap<string, string>> {
  const json = await installation.cluster.kubectl('get', `crd/${CRD}`, '--output=json');
  const { metadata } = JSON.parse(json) as { readonly metadata: { readonly uid: string } };
  const credspecs = await Promise.all(
    CREDSPECS.map(async (name) => {
      const credspec = await installation.cluster.credspec(name);
      return [name, credspec.metadata.uid] as const;
    }),
  );
  return new Map([['crd', metadata.uid], ...credspecs]);
}

/** Who says no to a service account that nobody has allowed: the messages of whoever is asked. */
async function refusal(): Promise<string> {
  const pod = windowsPod(NAMESPACE, {
    serviceAccountName: 'stranger',
    containers: [container('main', gmsa('webapp1'))],
  });
  const { message } = await refusalOf(createPod(installation.cluster.client, pod));
  return message;
}

const configurations = (name: string) =>
  Promise.all(
    CONFIGURATIONS.map((resource) =>
      installation.cluster.get(`/apis/admissionregistration.k8s.io/v1/${resource}/${name}`),
    ),
  );

describe('moving over from windows-gmsa, with pods created throughout', () => {
  it('begins with the names of what is installed', async () => {
    await guide.run('Moving over from windows-gmsa');
  });

  it('finds the release that would take all credential specs away', async () => {
    expect(await guide.run('1. See to whom the CustomResourceDefinition belongs')).toBe(
      `${VARIABLES.CRD_RELEASE}\n`,
    );
  });

  it('has that release keep them', async () => {
    const output = await guide.run('2. Have Helm keep it');
    expect(output).toContain('helm.sh/resource-policy: keep');
    expect(await currentUids()).toEqual(uids);
    await creations.more(50);
  });

  it('tells who may use what', async () => {
    const output = await guide.run('3. Look for pods that would be refused');
    expect(output).toBe(CREDSPECS.map((name) => `${NAMESPACE}/default ${name}: yes\n`).join(''));
  });

  it('installs gmsa-operator beside it, and both are asked', async () => {
    await guide.run('4. Install gmsa-operator beside it');
    // As the Deployment's controller does it.
    const replicas = await installation.replicas();
    await Promise.all([replicas.startReplica(), replicas.startReplica()]);
    const output = await guide.run('5. See that it works');
    for (const credspec of CREDSPECS) {
      expect(output).toMatch(new RegExp(`^${credspec} +True +NoServiceAccounts `, 'm'));
    }
    const before = existing.answered();
    await creations.more(100);
    expect(existing.answered()['/mutate'] - before['/mutate']).toBeGreaterThanOrEqual(100);
    expect(await configurations('gmsa-operator')).not.toContain(undefined);
  });

  it('takes the existing webhook away', async () => {
    await guide.run('6. Take the existing webhook away');
    await existing.stop();
    expect(await configurations(VARIABLES.WEBHOOK_RELEASE)).toEqual([undefined, undefined]);
    await creations.more(100);
    expect(await refusal()).toContain('denied the request: service account "stranger"');
    expect(await refusal()).toContain('validate-pods.gmsa-operator.io');
  });

  it('uninstalls the release of the CRD, and every credspec is the one that it was', async () => {
    const output = await guide.run('7. Uninstall the release of the CustomResourceDefinition');
    expect(output).toContain(`[CustomResourceDefinition] ${CRD}`);
    expect(await currentUids()).toEqual(uids);
    expect(await installation.upgrade()).toMatchObject({ code: 0 });
    await creations.more(100);
  });

  it('has the annotation grant what a RoleBinding granted', async () => {
    await guide.run('8. Let the annotation do the RBAC');
    const { cluster } = installation;
    expect(await cluster.get(roleBindingPath(NAMESPACE, 'webapp1'))).toBeDefined();
    expect(await cluster.get(clusterRolePath('webapp1'))).toBeDefined();
    await creations.more(100);
  });

  it(`creates ${String(PODS)} pods and more meanwhile, and none is refused`, async () => {
    const { gmsaPods, otherPods, failures, withoutContents } = await creations.finish(PODS);
    expect({ failures, withoutContents }).toEqual({ failures: [], withoutContents: [] });
    expect(gmsaPods).toBeGreaterThanOrEqual(PODS);
    console.info(
      `${String(gmsaPods)} pods with a GMSA and ${String(otherPods)} others, none refused`,
    );
    expect(guide.left()).toEqual([]);
  });
});
