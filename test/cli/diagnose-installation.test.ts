// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa status` and `kubectl gmsa doctor` on a real control plane with the simulated Windows node,
// from an empty cluster over an operator at work to one that is gone. The tests build on each other.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseTarGzip } from 'nanotar';
import { WINDOWS_NODE } from '../support/control-plane/controllers.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { established } from '../support/established.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import {
  CRD_FILE,
  RBAC_DIRECTORY,
  startTestCluster,
  type TestCluster,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';

jest.setTimeout(90_000);

const SECRET = 'hunter2';

const WITH_PLUGIN = {
  ...WEBAPP1_CONTENTS,
  ActiveDirectoryConfig: {
    ...WEBAPP1_CONTENTS.ActiveDirectoryConfig,
    HostAccountConfig: {
      PluginGUID: '{CCC2A336-D7F3-4818-A213-272B7924213E}',
      PluginInput: SECRET,
      PortableCcgVersion: '1',
    },
  },
};

let cluster: TestCluster;
let gmsa: PluginKubectl;
let directory: string;
let replicas: OperatorReplicas;
let replica: OperatorReplica;

beforeAll(async () => {
  cluster = await startTestCluster({ windowsNode: true, crd: 'leave-out' });
  gmsa = pluginOf(cluster.controlPlane);
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-doctor-'));
  const service = await createWebhookService(cluster.client);
  replicas = createOperatorReplicas({
    service,
    kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(
      service.namespace,
      'gmsa-operator',
    ),
  });
});

afterAll(async () => {
  await replicas.close();
  await rm(directory, { recursive: true, force: true });
  await cluster.stop();
});

function deployment(name: string, serviceAccountName: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'prod' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          serviceAccountName,
          os: { name: 'windows' },
          nodeSelector: { 'kubernetes.io/os': 'windows' },
          securityContext: { windowsOptions: { gmsaCredentialSpecName: 'webapp1' } },
          containers: [
            {
              name: 'iis',
              image: 'registry.example/iis:1',
              env: [{ name: 'PASSWORD', value: SECRET }],
            },
          ],
        },
      },
    },
  };
}

/** Without what is different each time. */
function steady(text: string): string {
  return text
    .replaceAll(/\S+_\S+ leads/g, 'HOLDER leads')
    .replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, 'DATE')
    .replaceAll(/\S+:\d+ serves/g, 'ENDPOINT serves')
    .replaceAll(/Kubernetes v\S+/g, 'Kubernetes VERSION')
    .replaceAll(/(ReplicaSet api)-\S+/g, '$1-HASH')
    .replaceAll(/(prod\/web)-\S+/g, '$1-HASH')
    .replaceAll(/(api-HASH) +\d+ +DATE/g, '$1 TIMES DATE');
}

describe('an empty cluster', () => {
  it('lacks everything, and doctor says what to do', async () => {
    const { code, stdout, stderr } = await gmsa(['doctor']);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect(stdout).toContain(
      '  error    there is no CustomResourceDefinition gmsacredentialspecs.windows.k8s.io\n           remedy: install it: kubectl apply -f crds/, or helm upgrade with crds.enabled=true\n',
    );
    expect(stdout).toContain(
      '  error    there is no Deployment of the operator in namespace gmsa-operator-system\n',
    );
    expect(stdout).toContain(
      '  error    no operator has ever led in namespace gmsa-operator-system',
    );
    expect(stdout).toContain('  error    there is no MutatingWebhookConfiguration gmsa-operator\n');
    expect(stdout).toContain('  ok       the operator may do all that it needs\n');
  });

  it('has no status, in one line', async () => {
    expect(await gmsa(['status'])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error: this cluster has no resource .*\nhint: .*\n$/),
    });
  });
});

describe('an operator at work', () => {
  beforeAll(async () => {
    await cluster.kubectl('apply', '-f', CRD_FILE);
    await established(cluster.kubectl, ['-f', CRD_FILE]);
    replica = await replicas.startReplica();
    await cluster.kubectl('create', 'namespace', 'prod');
    await cluster.kubectl('create', 'serviceaccount', 'web', '-n', 'prod');
    await cluster.kubectl('create', 'serviceaccount', 'api', '-n', 'prod');
    await cluster.apply({
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: {
        name: 'webapp1',
        annotations: { 'gmsa-operator.io/allowed-service-accounts': 'prod/web, later/*' },
      },
      credspec: WITH_PLUGIN,
    });
    await cluster.condition('webapp1', 'Ready', { status: 'True' });
    await cluster.apply(deployment('web', 'web'));
    await cluster.kubectl('rollout', 'status', 'deployment/web', '-n', 'prod', '--timeout=60s');
  });

  it('has nothing that doctor finds wrong', async () => {
    const { code, stdout } = await gmsa(['doctor']);
    expect(steady(stdout)).toBe(`cluster
  ok       Kubernetes VERSION
  ok       the CustomResourceDefinition serves v1 and v1alpha1, with status

operator
  note     there is no Deployment of the operator in namespace gmsa-operator-system: what leads runs outside of the cluster, or has other labels
           remedy: nothing, if it is meant to be so; its pods, image and version are not looked at
  ok       HOLDER leads

certificate
  ok       valid until DATE
  ok       the CA bundle of the MutatingWebhookConfiguration holds the CA that signed it
  ok       the CA bundle of the ValidatingWebhookConfiguration holds the CA that signed it
  ok       ENDPOINT serves it, as the configurations trust it

webhooks
  ok       the MutatingWebhookConfiguration is as it should be
  ok       the ValidatingWebhookConfiguration is as it should be

rbac
  ok       the operator may do all that it needs
  ok       the ValidatingAdmissionPolicies that confine it are there
  ok       the ValidatingAdmissionPolicyBindings that confine it are there

nodes
  ok       Windows nodes that are ready: 1

pods
  ok       pods with a GMSA: 1

credspecs
  ok       webapp1: NamespacesMissing

Found: 1 note.
`);
    expect(code).toBe(0);
  });

  it('shows in status who may use a credspec, who runs as it, and who was refused', async () => {
    await cluster.apply(deployment('api', 'api'));
    await waitFor('a refusal', async () => {
      const { stdout } = await gmsa(['status', 'webapp1']);
      return stdout.includes('REFUSED');
    });
    const { code, stdout } = await gmsa(['status', 'webapp1']);
    expect(steady(stdout).replaceAll(/ {2,}/g, '  ')).toBe(`webapp1: WebApp1 in contoso.com

CONDITION  STATUS  REASON  MESSAGE
Ready  True  NamespacesMissing  Access will be granted as soon as these namespaces exist: later.
Valid  True  Valid  Contents and annotation are well-formed.
AccessGranted  True  NamespacesMissing  Access will be granted as soon as these namespaces exist: later.
AdmissionReady  True  AdmissionReady  The admission webhooks are registered, and their certificate is valid.

MAY BE USED IN  BY
prod  web
later  (there is no such namespace)

POD  NODE  PHASE  CONTENTS
prod/web-HASH  ${WINDOWS_NODE}  Running  current

REFUSED  TIMES  LAST  WHY
prod/ReplicaSet api-HASH TIMES DATE  service account "api" is not authorized to \`use\` GMSA cred spec "webapp1": allow it with the annotation gmsa-operator.io/allowed-service-accounts on GMSACredentialSpec "webapp1", entry "prod/api"
`);
    expect(code).toBe(0);
  });

  it('shows which pods carry older contents', async () => {
    await cluster.client.request({
      method: 'PATCH',
      path: '/apis/windows.k8s.io/v1/gmsacredentialspecs/webapp1',
      contentType: 'application/merge-patch+json',
      body: { credspec: { DomainJoinConfig: { DnsTreeName: 'example.com' } } },
    });
    await cluster.condition('webapp1', 'Ready', { status: 'True' });
    const { stdout } = await gmsa(['status', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'webapp1', upToDate: true, pods: [{ namespace: 'prod', contents: 'older' }] },
    ]);
    expect((await gmsa(['status'])).stdout).toMatch(
      /^webapp1 +True +NamespacesMissing +WebApp1 +contoso\.com +1 +1 +[1-9]\d*$/m,
    );
    expect((await gmsa(['doctor'])).stdout).toContain(
      '  warning  webapp1: pods that carry older contents: 1\n',
    );
  });

  it('writes a bundle that holds no secret', async () => {
    const file = join(directory, 'gmsa.tar.gz');
    const { stdout } = await gmsa(['doctor', '--bundle', file]);
    expect(stdout).toContain(`${file} is written. It holds no secret`);
    const files = await parseTarGzip(await readFile(file));
    const all = files.map(({ text }) => text).join('\n');
    expect(files.map(({ name }) => name)).toContain('gmsa-doctor/findings.json');
    const kubeconfig = await readFile(cluster.controlPlane.kubeconfigPath, 'utf8');
    const [, token = 'none'] = /"token": "([^"]+)"/.exec(kubeconfig) ?? [];
    expect(token.length).toBeGreaterThan(20);
    for (const secret of [SECRET, token, 'PRIVATE KEY', 'tls.key', 'PASSWORD', 'last-applied']) {
      expect(all).not.toContain(secret);
    }
    expect(all).toContain('"hasInput": true');
    expect(all).toContain('"credspec": "webapp1"');
  });

  it('is told of where the bundle cannot be written, too', async () => {
    const { code, stdout, stderr } = await gmsa([
      ...['doctor', '--bundle', join(directory, 'missing', 'gmsa.tar.gz')],
    ]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^cluster\n[^]*\nFound: .*\n$/);
    expect(stderr).toMatch(/^error: cannot write .*\nhint: .*\n$/);
  });

  it('is examined as far as the rights of the reader go', async () => {
    await cluster.kubectl('create', 'serviceaccount', 'reader', '-n', 'prod');
    await cluster.kubectl(
      ...['create', 'clusterrole', 'credspec-reader', '--verb=get,list'],
      '--resource=gmsacredentialspecs.windows.k8s.io',
    );
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', 'credspec-reader', '--clusterrole=credspec-reader'],
      '--serviceaccount=prod:reader',
    );
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig('prod', 'reader');
    const doctor = await gmsa(['doctor'], { kubeconfig });
    expect({ code: doctor.code, stderr: doctor.stderr }).toEqual({ code: 0, stderr: '' });
    expect(doctor.stdout).toContain('  unknown  you may not read CustomResourceDefinitions\n');
    expect(doctor.stdout).toContain('  unknown  you may not read webhook configurations\n');
    expect(doctor.stdout).toContain('  ok       webapp1: NamespacesMissing\n');
    const status = await gmsa(['status', 'webapp1'], { kubeconfig });
    expect(status.stdout).toContain('You may not list pods: what they would tell is left out.\n');
    expect(status.stdout).toMatch(/^prod +web$/m);
  });
});

describe('an operator that is gone', () => {
  it('is missed, with all that was changed meanwhile', async () => {
    await replicas.stopReplica(replica);
    await cluster.client.request({
      method: 'PATCH',
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gmsa-operator',
      contentType: 'application/json-patch+json',
      body: [
        { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' },
        { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' },
      ],
    });
    await cluster.kubectl('delete', 'role', 'gmsa-operator', '-n', 'gmsa-operator-system');
    const { code, stdout } = await gmsa(['doctor', '-o', 'json']);
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as {
      findings: { severity: string; message: string; remedy: string }[];
    };
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'there is no Deployment of the operator in namespace gmsa-operator-system',
      }),
      {
        area: 'operator',
        severity: 'error',
        message: 'nobody holds the Lease gmsa-operator',
        remedy: expect.stringContaining('kubectl get pods --namespace gmsa-operator-system'),
      },
      expect.objectContaining({
        message:
          'the CA bundle of the MutatingWebhookConfiguration (0 CAs) does not hold the CA that signed the certificate',
      }),
      expect.objectContaining({
        message: 'no replica serves the webhooks: there is no ready endpoint',
      }),
      expect.objectContaining({
        message:
          'the MutatingWebhookConfiguration is not as it should be: failurePolicy of mutate-pods.gmsa-operator.io, caBundle',
      }),
      {
        area: 'rbac',
        severity: 'error',
        message: expect.stringContaining('the operator may not get leases/gmsa-operator in'),
        remedy: expect.stringMatching(/^kubectl apply -f config\/rbac\/; /),
      },
    ]);
    // The remedy helps.
    await cluster.kubectl('apply', '-f', RBAC_DIRECTORY);
    expect((await gmsa(['doctor'])).stdout).toContain('the operator may do all that it needs');
  });
});

describe('no cluster', () => {
  it.each(['status', 'doctor', 'troubleshoot'])('is told by %s in one line', async (command) => {
    const elsewhere = join(directory, 'elsewhere.kubeconfig');
    const { writeKubeconfig } = await import('../support/control-plane/cluster-access.ts');
    await writeKubeconfig(elsewhere, {
      url: `https://127.0.0.1:${await freePort()}`,
      caData: undefined,
      user: 'nobody',
      token: 'none',
    });
    const words = command === 'troubleshoot' ? [command, 'web'] : [command];
    expect(await gmsa(words, { kubeconfig: elsewhere })).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot reach the API server: .*\nhint: .*\n$/),
    });
  });
});
