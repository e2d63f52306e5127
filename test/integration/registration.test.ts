// SPDX-License-Identifier: Apache-2.0
// When the webhooks are registered, and when they are not any more: once a replica can serve, until the
// operator is told not to serve admission; and when there is nothing to do, nothing is written.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signedBy } from '../../src/pki/signed-by.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import {
  type OperatorProcess,
  startInstalledOperator,
  startOperator,
} from '../support/operator-process.ts';
import type { OperatorReplicas } from '../support/operator-replicas.ts';
import { RBAC_DIRECTORY, uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type AdmissionCluster,
  isLeader,
  SHORT_ELECTION,
  startAdmissionCluster,
} from './admission-cluster.ts';
import { allowWrites, forbidWrites } from './operator-rights.ts';
import {
  readRegistration,
  readRegistrations,
  REGISTRATION_PATHS,
  writeRegistration,
} from './webhook-registrations.ts';
import { trustedByConfigurations } from './webhook-handshake.ts';
import {
  CA_SECRET,
  deleteSecret,
  readPair,
  secretPath,
  SERVING_SECRET,
} from './webhook-secrets.ts';
import { createPod, gmsa, linuxPod, outcomeOf, type Pod, windowsPod } from './windows-pods.ts';

jest.setTimeout(60_000);

/** Replicas that end and take over at once. */
const PROMPT = [...SHORT_ELECTION, '--shutdown-delay-duration=0s'];

const ENDPOINT_SLICES = '/endpointslices';

/** More than there is between two looks at the endpoints. */
const LOOK_TIMEOUT_MS = 25_000;

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('the webhook configurations', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    replicas = await admission.replicas();
  });

  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
    await replicas.close();
    await admission.removeTraces();
  });

  afterAll(() => admission.stop());

  const client = () => admission.cluster.client;
  const create = (pod: Pod) => createPod(client(), pod);
  const gmsaPod = (credspec: string): Pod =>
    windowsPod(admission.namespace, {
      serviceAccountName: 'default',
      securityContext: gmsa(credspec),
    });
  const plainPod = (): Pod => ({
    ...linuxPod(admission.namespace),
    spec: { ...linuxPod(admission.namespace).spec, serviceAccountName: 'default' },
  });
  const contentsOf = ({ spec }: Pod) => spec.securityContext?.windowsOptions?.gmsaCredentialSpec;

  function stoppable<T extends { readonly close: () => Promise<void> }>(started: T): T {
    stops.push(() => started.close());
    return started;
  }

  const registered = () =>
    waitFor('both configurations', async () => {
      const both = await readRegistrations(client());
      return both.length === 2 && both;
    });

  it('are not there, and hold no pod up, while no certificate can be made', async () => {
    await forbidWrites(admission.cluster, 'secrets', CA_SECRET);
    stops.push(() => allowWrites(admission.cluster));
    const { address } = admission.service;
    const port = await freePort();
    const operator = stoppable(
      await startInstalledOperator(admission.cluster.controlPlane, [], {
        admission: { type: 'service', address, port },
      }),
    );
    const credspec = uniqueName('webapp');
    await admission.cluster.applyCredspec(credspec, { allowed: `${admission.namespace}/default` });
    const { error } = await operator.logged('what is wrong', ({ message }) =>
      message.startsWith('Cannot keep the admission webhooks right'),
    );
    expect(error).toMatch(/secrets "gmsa-operator-webhook-ca" is forbidden/);
    expect(await readRegistrations(client())).toEqual([]);
    expect(await operator.readyz()).toMatchObject({
      code: 500,
      body: expect.stringContaining('no certificate of Secret'),
    });
    await create(plainPod());
    expect(contentsOf(await create(gmsaPod(credspec)))).toBeUndefined();

    await allowWrites(admission.cluster);
    await registered();
    await waitFor('readiness', async () => (await operator.readyz()).code === 200);
    await admission.service.setReplicas([{ port, ready: true }]);
    await admission.cluster.condition(credspec, 'AdmissionReady', { status: 'True' });
    expect(contentsOf(await create(gmsaPod(credspec)))).toBeDefined();
    await admission.service.setReplicas([]);
  });

  it('stay as they are when the operator is scaled to zero, and only pods with a GMSA wait for it', async () => {
    const replica = await replicas.startReplica(PROMPT);
    const credspec = await admission.grant();
    const before = await registered();
    expect(await replicas.stopReplica(replica)).toBe('exit code 0');
    expect(await readRegistrations(client())).toEqual(before);
    await create(plainPod());
    expect(await outcomeOf(create(gmsaPod(credspec)))).toMatchObject({
      code: 500,
      message: expect.stringContaining('failed calling webhook'),
    });
    // And the next ones find them as they are to be.
    await replicas.startReplica();
    await create(gmsaPod(credspec));
    expect(await readRegistrations(client())).toEqual(before);
  });

  it('go when the operator is told not to serve admission, also where that fails at first', async () => {
    const replica = await replicas.startReplica(PROMPT);
    const credspec = await admission.grant();
    await registered();
    await replicas.stopReplica(replica);
    const proxy = await faultProxy();
    let failures = 0;
    proxy.spoil(({ url }) =>
      url === REGISTRATION_PATHS.mutating && ++failures <= 2
        ? { type: 'answer', code: 500 }
        : undefined,
    );
    const operator = stoppable(
      await startOperator({ kubeconfig: proxy.kubeconfigPath, admission: 'off' }),
    );
    // An operator that serves admission has no right to delete them; the chart grants it without admission.
    await operator.logged('what to do', ({ error = '' }) =>
      error.includes('kubectl delete validatingwebhookconfigurations gmsa-operator'),
    );
    const { kubectl } = admission.cluster;
    const role = uniqueName('unregister');
    await kubectl(
      ...['create', 'clusterrole', role, '--verb=delete', '--resource-name=gmsa-operator'],
      '--resource=mutatingwebhookconfigurations,validatingwebhookconfigurations',
    );
    const serviceAccount = '--serviceaccount=gmsa-operator-system:gmsa-operator';
    await kubectl('create', 'clusterrolebinding', role, `--clusterrole=${role}`, serviceAccount);
    await waitFor('no configuration', async () => (await readRegistrations(client())).length === 0);
    expect(failures).toBeGreaterThan(2);
    await waitFor('nobody to be asked', async () => {
      return (await outcomeOf(create(gmsaPod(credspec)))) === 'done';
    });
    await admission.cluster.condition(credspec, 'AdmissionReady', {
      status: 'True',
      reason: 'ManagedElsewhere',
    });
  });

  it('that are not the operator’s are left alone when it does not serve admission', async () => {
    const kind = 'ValidatingWebhookConfiguration';
    await admission.cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'gmsa-operator' },
      webhooks: [],
    });
    const operator = stoppable(await startInstalledOperator(admission.cluster.controlPlane));
    const credspec = uniqueName('webapp');
    await admission.cluster.applyCredspec(credspec);
    await admission.cluster.condition(credspec, 'AdmissionReady', { status: 'True' });
    expect(await operator.stop()).toBe('exit code 0');
    expect(await readRegistration(client(), 'validating')).toBeDefined();
  });

  it('say the URL that the operator is told, where it runs outside of the cluster', async () => {
    const port = await freePort();
    const base = `https://127.0.0.1:${port}`;
    await tellPolicy(base);
    stops.push(() => allowWrites(admission.cluster));
    const operator = stoppable(
      await startInstalledOperator(admission.cluster.controlPlane, [], {
        admission: { type: 'url', port },
      }),
    );
    const credspec = await admission.grant();
    const both = await registered();
    const called = both.flatMap(({ webhooks }) =>
      (webhooks ?? []).map(({ clientConfig: { url, service } }) => ({ url, service })),
    );
    expect(called).toEqual(
      ['/mutate', '/validate', '/validate-credentialspec'].map((path) => ({ url: base + path })),
    );
    expect(contentsOf(await create(gmsaPod(credspec)))).toBeDefined();
    expect((await operator.readyz()).code).toBe(200);
  });

  it('belong to the ClusterRole that owns them, also to one that was made anew', async () => {
    const owner = uniqueName('owner');
    const make = () =>
      admission.cluster.kubectl('create', 'clusterrole', owner, '--verb=get', '--resource=pods');
    await make();
    await replicas.startReplica([`--owner-cluster-role=${owner}`]);
    await admission.grant();
    const first = await ownersOf(owner);
    expect(first.names).toEqual([owner, owner]);
    expect(first.uids).toEqual([first.uid, first.uid]);

    // As Kubernetes' garbage collection does it when the owner is gone.
    await admission.cluster.kubectl('delete', 'clusterrole', owner);
    await make();
    for (const path of Object.values(REGISTRATION_PATHS)) {
      await client().request({ method: 'DELETE', path });
    }
    await registered();
    const second = await ownersOf(owner);
    expect(second.uid).not.toBe(first.uid);
    expect(second.uids).toEqual([second.uid, second.uid]);
  });

  it('are kept right by a leader whose watches had died unnoticed before it led', async () => {
    const leader = await replicas.startReplica(PROMPT);
    await admission.grant();
    const proxy = await faultProxy();
    const { address } = admission.service;
    const next = stoppable(
      await startOperator({
        kubeconfig: proxy.kubeconfigPath,
        admission: { type: 'service', address, port: await freePort() },
        args: PROMPT,
      }),
    );
    await waitFor('readiness', async () => (await next.readyz()).code === 200);
    proxy.freezeWatches();

    const old = await readPair(client(), CA_SECRET);
    await deleteSecret(client(), CA_SECRET);
    const { pair } = await waitFor('a new CA and what it signed', async () => {
      const [ca, serving] = await Promise.all(
        [CA_SECRET, SERVING_SECRET].map((name) => readPair(client(), name)),
      );
      const isDone = ca && serving && signedBy(serving.pair.leaf, ca.pair.leaf);
      return isDone === true && ca;
    });
    expect(pair.leaf.fingerprint).not.toBe(old?.pair.leaf.fingerprint);
    expect(await replicas.stopReplica(leader)).toBe('exit code 0');
    await waitFor('the next leader', () => isLeader(next));

    await client().request({ method: 'DELETE', path: REGISTRATION_PATHS.mutating });
    await registered();
    for (const bundle of await trustedByConfigurations(client())) {
      expect(bundle).toContain(pair.leaf.pem.trim());
    }
    expect((await readPair(client(), CA_SECRET))?.pair.leaf.fingerprint).toBe(
      pair.leaf.fingerprint,
    );
  });

  it('are looked at again and again, and nothing is written', async () => {
    const { address } = admission.service;
    const port = await freePort();
    const proxy = await faultProxy();
    const operator = stoppable(
      await startOperator({
        kubeconfig: proxy.kubeconfigPath,
        admission: { type: 'service', address, port },
        args: ['--leader-elect=false'],
      }),
    );
    await waitFor('readiness', async () => (await operator.readyz()).code === 200);
    await admission.service.setReplicas([{ port, ready: true }]);
    stops.push(() => admission.service.setReplicas([]));
    await admission.grant();
    const looks = () => proxy.requests.filter(({ url }) => url.includes(ENDPOINT_SLICES)).length;
    // What somebody notes beside them wakes the operator, and is none of its business.
    await waitFor('a look without a write', async () => {
      const before = { looks: looks(), writes: proxy.writes().length };
      await writeRegistration(client(), 'validating', ({ metadata, ...live }) => ({
        ...live,
        metadata: { ...metadata, labels: { ...metadata.labels, note: uniqueName('note') } },
      }));
      await waitFor('a look', () => looks() > before.looks);
      return proxy.writes().length === before.writes;
    });
    const before = await state(operator);
    const start = { writes: proxy.writes().length, looks: looks() };
    await waitFor('one more look', () => looks() > start.looks, { timeoutMs: LOOK_TIMEOUT_MS });
    expect(proxy.writes().slice(start.writes)).toEqual([]);
    expect(await state(operator)).toEqual(before);
  });

  /** All that admission keeps in the API server. */
  async function state(operator: OperatorProcess): Promise<unknown> {
    const secret = await admission.cluster.get(secretPath(CA_SECRET));
    return { ready: await operator.readyz(), secret, both: await readRegistrations(client()) };
  }

  async function faultProxy() {
    const kubeconfig = await admission.cluster.controlPlane.serviceAccountKubeconfig(
      'gmsa-operator-system',
      'gmsa-operator',
    );
    const proxy = await startFaultProxy(kubeconfig, dirname(kubeconfig));
    stops.push(() => proxy.stop());
    return proxy;
  }

  async function ownersOf(owner: string) {
    const { metadata } =
      (await admission.cluster.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${owner}`)) ??
      {};
    const owners = (await registered()).flatMap(({ metadata: { ownerReferences = [] } }) => [
      ...ownerReferences,
    ]);
    return {
      uid: metadata?.uid,
      names: owners.map(({ name }) => name),
      uids: owners.map(({ uid }) => uid),
    };
  }

  /** As its comment says to: whom the webhooks may call. */
  async function tellPolicy(target: string): Promise<void> {
    const text = await readFile(join(RBAC_DIRECTORY, 'admission-policy.yaml'), 'utf8');
    const { code, stderr } = await admission.cluster.controlPlane.kubectl(['apply', '-f', '-'], {
      stdin: text.replace("'gmsa-operator-system/gmsa-operator-webhook'", `'${target}'`),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
});
