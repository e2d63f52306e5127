// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa troubleshoot` for somebody who may read what makes pods, and neither Events nor nodes; and where
// something else than a GMSA keeps pods from being made. No pod is started here.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { startTestCluster, type TestCluster, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const CREDSPEC = 'webapp1';
/** Where a quota allows no pods, and where none stands in the way. */
const FULL = 'full';
const OPEN = 'open';

let cluster: TestCluster;
let gmsa: PluginKubectl;
let reader: string;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true, scheduler: true });
  gmsa = pluginOf(cluster.controlPlane);
  await cluster.applyCredspec(CREDSPEC);
  for (const namespace of [FULL, OPEN]) {
    await cluster.kubectl('create', 'namespace', namespace);
    await createServiceAccount(cluster.client, namespace, 'web');
  }
  await createServiceAccount(cluster.client, OPEN, 'reader');
  await cluster.kubectl('create', 'quota', 'none', '--hard=pods=0', '-n', FULL);
  await cluster.kubectl(
    ...['create', 'clusterrole', 'reader', '--verb=get,list'],
    '--resource=pods,deployments.apps,replicasets.apps,statefulsets.apps',
  );
  await cluster.kubectl(
    ...['create', 'clusterrolebinding', 'reader', '--clusterrole=reader'],
    `--serviceaccount=${OPEN}:reader`,
  );
  reader = await cluster.controlPlane.serviceAccountKubeconfig(OPEN, 'reader');
});

afterAll(async () => {
  await cluster.stop();
});

const windowsOptions = {
  gmsaCredentialSpecName: CREDSPEC,
  gmsaCredentialSpec: canonicalJson(WEBAPP1_CONTENTS),
};
const template = {
  serviceAccountName: 'web',
  automountServiceAccountToken: false,
  nodeSelector: { agentpool: 'win' },
  securityContext: { windowsOptions },
  containers: [{ name: 'main', image: 'registry.example/webapp:1' }],
};

const workload = (kind: string, namespace: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: template },
  },
});

const pod = (name: string, spec: object) =>
  cluster.client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${OPEN}/pods`,
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...template, ...spec } },
  });

const troubleshoot = async (namespace: string, target: string, kubeconfig?: string) => {
  const { stdout, stderr, code } = await gmsa(
    ['troubleshoot', target, '-n', namespace],
    kubeconfig === undefined ? {} : { kubeconfig },
  );
  expect(stderr).toBe('');
  return { stdout, code };
};

describe('where a quota keeps pods from being made', () => {
  it.each(['Deployment', 'StatefulSet'])('quotes it, for a %s', async (kind) => {
    await cluster.apply(workload(kind, FULL, 1));
    const { stdout, code } = await waitFor('the Event', async () => {
      const answer = await troubleshoot(FULL, `${kind.toLowerCase()}/web`);
      return answer.stdout.includes('refused') && answer;
    });
    expect(stdout).toMatch(/^admission +BROKEN +refused .*forbidden: .*quota/m);
    expect(stdout).toMatch(/^remedy: kubectl describe \w+set\/web\S* --namespace full shows/m);
    expect(code).toBe(1);
  });

  it('says that Events may not be listed, and not that none says why', async () => {
    const { stdout, code } = await troubleshoot(FULL, 'statefulset/web', reader);
    expect(stdout).toMatch(
      /^admission +BROKEN +there is no pod, and you may not list Events, which may say why: events is forbidden: User/m,
    );
    expect(stdout).toContain('remedy: ask for the right to list events in namespace full: ');
    expect(code).toBe(1);
  });

  it('quotes the status of a ReplicaSet where Events may not be listed', async () => {
    const { stdout, code } = await troubleshoot(FULL, 'deployment/web', reader);
    expect(stdout).toMatch(/^admission +BROKEN +refused once: .*quota/m);
    expect(code).toBe(1);
  });
});

describe('a Deployment with no replicas', () => {
  it('is not broken', async () => {
    await cluster.apply(workload('Deployment', OPEN, 0));
    const { stdout, code } = await troubleshoot(OPEN, 'deployment/web');
    expect(stdout).toMatch(/^admission +unknown +there is to be no pod: replicas: 0$/m);
    const [, remedy = ''] = /where it has replicas: kubectl (.*)$/m.exec(stdout) ?? [];
    expect(await cluster.kubectl(...remedy.split(' '))).toContain('scaled');
    expect(code).toBe(3);
  });
});

describe('a pod whose node is not known to be one of Windows', () => {
  it('is followed to where no node takes it', async () => {
    await pod('pending', {});
    const { stdout, code } = await waitFor('the scheduler to say so', async () => {
      const answer = await troubleshoot(OPEN, 'pending', reader);
      return answer.stdout.includes('no node takes') && answer;
    });
    expect(stdout).toMatch(/^credspec +holds +the container runs as "webapp1"$/m);
    expect(stdout).toMatch(/^start +BROKEN +no node takes the pod: /m);
    expect(code).toBe(1);
  });

  it('is looked at without its Events, which is said', async () => {
    await pod('away', { nodeName: 'windows-away', nodeSelector: undefined });
    const { stdout } = await troubleshoot(OPEN, 'away', reader);
    expect(stdout).toMatch(
      /^start +BROKEN +the container does not run: .*you may not list Events, which may say why: events is forbidden/m,
    );
    expect((await troubleshoot(OPEN, 'away')).stdout).not.toContain('you may not list Events');
  });

  it('is said not to be known for one of Windows where it mentions no GMSA', async () => {
    await pod('plain', { securityContext: {} });
    const { stdout, code } = await troubleshoot(OPEN, 'plain', reader);
    expect(stdout).toMatch(/^credspec +BROKEN .*; whether it is a Windows pod is not known$/m);
    expect(code).toBe(1);
  });
});
