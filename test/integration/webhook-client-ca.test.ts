// SPDX-License-Identifier: Apache-2.0
// An API server that presents a client certificate to the webhooks, and an operator that answers nobody without one.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { startOperator } from '../support/operator-process.ts';
import { createTestCa, type TestCa, type TestPair } from '../support/test-certificates.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, morePods, startAdmissionCluster } from './admission-cluster.ts';
import { callWebhook } from './webhook-client.ts';
import { createPod, gmsa, outcomeOf, windowsPod } from './windows-pods.ts';

jest.setTimeout(60_000);

const PACE = { concurrency: 4, pauseMs: 5 };

// The API server of an existing cluster is not ours to configure.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('an operator with a client CA', () => {
  let directory: string;
  let ca: TestCa;
  let next: TestCa;
  let apiServer: TestPair;
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  let replica: OperatorReplica;
  let credspec: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-client-ca-'));
    [ca, next] = [await createTestCa('clients'), await createTestCa('next-clients')];
    apiServer = await ca.issueClient('kube-apiserver');
    const config = await writeAdmissionConfig(directory, apiServer);
    await trust(ca.certificate);
    admission = await startAdmissionCluster({
      extraApiServerArgs: [`--admission-control-config-file=${config}`],
    });
    replicas = await admission.replicas();
    replica = await replicas.startReplica([`--webhook-client-ca=${clientCaFile()}`]);
    credspec = await admission.grant();
  });

  afterAll(async () => {
    await replicas.close();
    await admission.stop();
    await rm(directory, { recursive: true });
  });

  const clientCaFile = (): string => join(directory, 'client-ca.crt');

  /** Replaces the file at once, as Kubernetes does it. */
  async function trust(bundle: string): Promise<void> {
    await writeFile(`${clientCaFile()}.next`, bundle);
    await rename(`${clientCaFile()}.next`, clientCaFile());
  }

  const pod = (name = credspec) =>
    windowsPod(admission.namespace, {
      serviceAccountName: 'default',
      securityContext: gmsa(name),
    });

  /** Asks a webhook directly about a pod that is created. */
  const ask = (path: '/mutate' | '/validate', client?: TestPair) =>
    callWebhook(
      admission.cluster,
      {
        ...{ service: admission.service, port: replica.port },
        ...(client === undefined ? {} : { client }),
      },
      path,
      { operation: 'CREATE', namespace: admission.namespace, object: pod() },
    );

  it('admits and refuses pods of the API server that has the certificate', async () => {
    const { client } = admission.cluster;
    const created = await createPod(client, pod());
    const { windowsOptions } = created.spec.securityContext ?? {};
    expect(windowsOptions?.gmsaCredentialSpec).toContain('contoso.com');
    expect(await outcomeOf(createPod(client, pod('no-such-credspec')))).toMatchObject({
      code: 404,
    });
  });

  it('is healthy by its own handshakes, which present no certificate', async () => {
    await admission.cluster.condition(credspec, 'AdmissionReady', { status: 'True' });
  });

  it.each(['/mutate', '/validate'] as const)(
    'tells nothing of credspecs by %s to a caller without a certificate of that CA',
    async (path) => {
      expect(await ask(path, apiServer)).toBeDefined();
      await expect(ask(path)).rejects.toThrow();
      await expect(ask(path, await next.issueClient('kube-apiserver'))).rejects.toThrow();
      await expect(ask(path, await ca.issue('kube-apiserver'))).rejects.toThrow();
    },
  );

  it('takes another CA into use without a restart, and refuses no pod on the way', async () => {
    const stranger = await next.issueClient('kube-apiserver');
    const load = admission.startGmsaPods(credspec, PACE);
    await trust(ca.certificate + next.certificate);
    await replica.logged('both CAs', ({ message }) => message.includes('have changed'));
    expect(await ask('/mutate', stranger)).toMatchObject({ allowed: true });
    await trust('damaged');
    await replica.logged('the damage', ({ level }) => level === 'error');
    await morePods(load, 50);
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  it('shuts out an API server whose CA it trusts no longer', async () => {
    await trust(next.certificate);
    const refusal = await waitFor(
      'pods to be refused',
      async () => {
        const outcome = await outcomeOf(createPod(admission.cluster.client, pod()));
        return outcome !== 'done' && outcome.message.includes('failed calling webhook') && outcome;
      },
      { timeoutMs: 30_000 },
    );
    // What docs/webhook-clients.md tells administrators to look for.
    expect(refusal.message).toMatch(
      /: (EOF|.*connection reset by peer|http: server closed idle connection)$/,
    );
  });

  it('does not start without the file', async () => {
    const kubeconfig = admission.cluster.controlPlane.kubeconfigPath;
    const missing = join(directory, 'missing.crt');
    const operator = await startOperator({
      kubeconfig,
      admission: { type: 'service', address: admission.service.address, port: replica.port },
      args: [`--webhook-client-ca=${missing}`],
    });
    expect(await operator.exited).toBe('exit code 1');
    const fatal = await operator.logged('why', ({ message }) => message === 'Fatal');
    expect(fatal.error).toContain(
      `--webhook-client-ca: give a PEM file with the CAs of your API servers' client certificates; "${missing}" cannot be used`,
    );
    await operator.close();
  });
});

/** What kube-apiserver reads to present this certificate to the operator's webhooks. Returns the path of its file. */
async function writeAdmissionConfig(
  directory: string,
  { certificate, key }: TestPair,
): Promise<string> {
  const file = (name: string): string => join(directory, name);
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile: file('clients.yaml'),
  };
  const admission = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'].map((name) => ({
      name,
      configuration,
    })),
  };
  const clients = {
    apiVersion: 'v1',
    kind: 'Config',
    users: [
      {
        // Wider than in the guide, which names the Service: both are what kube-apiserver looks for.
        name: '*.gmsa-operator-system.svc',
        user: { 'client-certificate': file('client.crt'), 'client-key': file('client.key') },
      },
    ],
  };
  // JSON is YAML.
  await writeFile(file('clients.yaml'), JSON.stringify(clients));
  await writeFile(file('admission.yaml'), JSON.stringify(admission));
  await writeFile(file('client.crt'), certificate);
  await writeFile(file('client.key'), key, { mode: 0o600 });
  return file('admission.yaml');
}
