// SPDX-License-Identifier: Apache-2.0
// Leader election on a real API server, under a service account that is allowed only what leader election
// needs: get, create and update on the Lease by name.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiError } from '../../src/kube/client/api-error.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import { systemClock } from '../../src/kube/wait/clock.ts';
import { runLeaderElection } from '../../src/kube/leader-election/leader-election.ts';
import { leasePath } from '../../src/kube/leader-election/lease.ts';
import { createLeaseLock } from '../../src/kube/leader-election/lease-lock.ts';
import { createRecordingLogger } from '../../src/kube/testing/recording-logger.ts';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import {
  connectOrStartControlPlane,
  NEEDS_OWN_API_SERVER,
} from '../support/control-plane/existing-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

/** For what stops the API server. */
const itOwnApiServer = process.env['USE_EXISTING_CLUSTER'] === 'true' ? it.skip : it;

const NAMESPACE = `election-${process.pid}`;

/** As in the candidate's program. */
const LEASE_DURATION_MS = 3_000;
const RENEW_DEADLINE_MS = 2_000;
const RETRY_PERIOD_MS = 400;

interface Lease {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

let controlPlane: ControlPlane;
let restricted: string;
let admin: KubeClient;
const clients: KubeClient[] = [];
const processes: ChildProcess[] = [];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  controlPlane = await connectOrStartControlPlane();
  admin = await connect(controlPlane.kubeconfigPath);
  await kubectl('create', 'namespace', NAMESPACE);
  await kubectl('create', 'serviceaccount', 'candidate', '-n', NAMESPACE);
  await kubectl('create', 'serviceaccount', 'nobody', '-n', NAMESPACE);
  restricted = await controlPlane.serviceAccountKubeconfig(NAMESPACE, 'candidate');
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await kubectl('delete', 'namespace', NAMESPACE, '--wait=false');
  for (const client of clients) client.close();
  await controlPlane.stop();
});

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await controlPlane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function connect(kubeconfig: string): Promise<KubeClient> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const client = await createKubeClient(kubeConfig, { userAgent: 'candidate/1' });
  clients.push(client);
  return client;
}

/** A Lease's name that candidates may use, with a ConfigMap of the same name to write to. */
async function grantedLease(name: string): Promise<string> {
  const named = ['-n', NAMESPACE, `--resource-name=${name}`];
  await kubectl('create', 'role', name, ...named, '--verb=get,create,update', '--resource=leases');
  await kubectl(
    'create',
    'role',
    `${name}-counter`,
    ...named,
    '--verb=patch',
    '--resource=configmaps',
  );
  for (const role of [name, `${name}-counter`]) {
    const subject = `--serviceaccount=${NAMESPACE}:candidate`;
    await kubectl('create', 'rolebinding', role, '-n', NAMESPACE, `--role=${role}`, subject);
  }
  await kubectl('create', 'configmap', name, '-n', NAMESPACE);
  return name;
}

function lease(name: string): Promise<Lease> {
  return admin.request({ method: 'GET', path: leasePath({ namespace: NAMESPACE, name }) });
}

async function holder(name: string): Promise<unknown> {
  try {
    return (await lease(name)).spec['holderIdentity'];
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

/** What the candidate has counted to. */
async function counted(name: string, identity: string): Promise<number> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;
  const { data } = await admin.request<{ data?: Record<string, string> }>({ method: 'GET', path });
  return Number(data?.[identity] ?? 0);
}

/** A candidate in this process. */
async function candidate(name: string, identity: string, kubeconfig = restricted) {
  const abort = new AbortController();
  const log = createRecordingLogger();
  const history: string[] = [];
  const ended = runLeaderElection({
    client: await connect(kubeconfig),
    lease: { namespace: NAMESPACE, name },
    identity,
    leaseDurationMs: LEASE_DURATION_MS,
    renewDeadlineMs: RENEW_DEADLINE_MS,
    retryPeriodMs: RETRY_PERIOD_MS,
    fieldManager: 'test-manager',
    signal: abort.signal,
    onStartedLeading: () => {
      history.push('leading');
    },
    onStoppedLeading: () => history.push('stopped'),
    onNewLeader: (leader) => history.push(`leader is ${leader}`),
    log,
  });
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  stops.push(stop);
  return { log, history, stop };
}

/** A candidate in a process of its own; resolves when it leads or knows who does. */
function startProcess(name: string, identity: string): ChildProcess & { output(): string } {
  const program = new URL('leader-election-candidate.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, restricted, NAMESPACE, name, identity], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return Object.assign(child, { output: () => output });
}

describe('runLeaderElection', () => {
  it('needs no more than get, create and update on the named Lease', async () => {
    const name = await grantedLease('minimal');
    const a = await candidate(name, 'a');
    await waitFor('a leader', () => a.history.includes('leading'));
    const { spec, metadata } = await lease(name);
    expect(spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 3,
      acquireTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as unknown,
    });
    expect(metadata.managedFields?.map(({ manager }) => manager)).toEqual(['test-manager']);
    await waitFor(
      'a renewal',
      async () => (await lease(name)).metadata.resourceVersion !== metadata.resourceVersion,
    );
    expect((await lease(name)).spec).toMatchObject({ acquireTime: spec['acquireTime'] });
    expect(a.log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('hands over at once when the leader stops, and counts the transitions', async () => {
    const name = await grantedLease('handover');
    const a = await candidate(name, 'a');
    await waitFor('a to lead', () => a.history.includes('leading'));
    const b = await candidate(name, 'b');
    await waitFor('b to see the leader', () => b.history.includes('leader is a'));
    const before = performance.now();
    await a.stop();
    expect(await holder(name)).not.toBe('a');
    await waitFor('b to lead', () => b.history.includes('leading'));
    expect(performance.now() - before).toBeLessThan(LEASE_DURATION_MS / 2);
    expect((await lease(name)).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    expect(a.history).toEqual(['leader is a', 'leading', 'stopped']);
  });

  it('takes over from a leader that was killed, when its Lease has expired', async () => {
    const name = await grantedLease('killed');
    const a = startProcess(name, 'a');
    await waitFor('a to lead', () => a.output().includes('leading'));
    const b = await candidate(name, 'b');
    await waitFor('b to see the leader', () => b.history.includes('leader is a'));
    a.kill('SIGKILL');
    const before = performance.now();
    await once(a, 'exit');
    await waitFor('b to lead', () => b.history.includes('leading'));
    const tookMs = performance.now() - before;
    expect(tookMs).toBeGreaterThan(RENEW_DEADLINE_MS);
    expect(tookMs).toBeLessThan(LEASE_DURATION_MS + 2 * RETRY_PERIOD_MS + 500);
  });

  it('begins no write after it was stopped for longer than its Lease and woken again', async () => {
    const name = await grantedLease('stopped');
    const a = startProcess(name, 'a');
    await waitFor('a to count', async () => (await counted(name, 'a')) > 10);
    const b = startProcess(name, 'b');
    await waitFor('a to count on', async () => (await counted(name, 'a')) > 20);
    a.kill('SIGSTOP');
    await waitFor('b to count', async () => (await counted(name, 'b')) > 10);
    const whenStopped = await counted(name, 'a');
    a.kill('SIGCONT');
    await waitFor('a to notice', () => a.output().includes('stopped'));
    const whenBLed = await counted(name, 'b');
    await waitFor('b to count on', async () => (await counted(name, 'b')) > whenBLed + 50);
    // One may have been between the look at the Lease and its socket when the process was stopped.
    expect(await counted(name, 'a')).toBeLessThanOrEqual(whenStopped + 1);
    expect(await holder(name)).toBe('b');
    // It lives on, and takes over again.
    b.kill('SIGTERM');
    await once(b, 'exit');
    await waitFor('a to hold the Lease again', async () => (await holder(name)) === 'a');
    await waitFor('a to count again', async () => (await counted(name, 'a')) > 0);
  });

  it('creates its Lease again that was deleted, and goes on leading', async () => {
    const name = await grantedLease('deleted');
    const a = await candidate(name, 'a');
    await waitFor('a to lead', () => a.history.includes('leading'));
    const b = await candidate(name, 'b');
    await waitFor('b to see the leader', () => b.history.includes('leader is a'));
    await kubectl('delete', 'lease', name, '-n', NAMESPACE);
    await waitFor('the Lease to be there again', async () => (await holder(name)) === 'a');
    expect(a.history).toEqual(['leader is a', 'leading']);
    expect(b.history).toEqual(['leader is a']);
  });

  it('keeps what others write on its Lease', async () => {
    const name = await grantedLease('labelled');
    const a = await candidate(name, 'a');
    await waitFor('a to lead', () => a.history.includes('leading'));
    await kubectl('label', 'lease', name, '-n', NAMESPACE, 'team=windows');
    const { resourceVersion } = (await lease(name)).metadata;
    await waitFor(
      'a renewal',
      async () => (await lease(name)).metadata.resourceVersion !== resourceVersion,
    );
    expect((await lease(name)).metadata.labels).toEqual({ team: 'windows' });
    expect(a.history).toEqual(['leader is a', 'leading']);
  });

  it('gets over a Lease that says nothing', async () => {
    const name = await grantedLease('empty');
    await admin.request({
      method: 'POST',
      path: leasePath({ namespace: NAMESPACE, name: '' }).replace(/\/$/, ''),
      body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } },
    });
    const a = await candidate(name, 'a');
    await waitFor('a to lead', () => a.history.includes('leading'));
    expect((await lease(name)).spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1 });
  });

  it('says which permission is missing, and leads when it is granted', async () => {
    const nobody = await controlPlane.serviceAccountKubeconfig(NAMESPACE, 'nobody');
    const name = await grantedLease('forbidden');
    const a = await candidate(name, 'a', nobody);
    await waitFor('a complaint', () => a.log.lines.length > 0);
    const [line] = a.log.lines;
    expect(String(line?.fields['error'])).toContain('cannot get resource "leases"');
    expect(line?.fields['hint']).toContain(`leases.coordination.k8s.io named "${name}"`);
    const subject = `--serviceaccount=${NAMESPACE}:nobody`;
    await kubectl('create', 'rolebinding', 'late', '-n', NAMESPACE, `--role=${name}`, subject);
    await waitFor('a to lead', () => a.history.includes('leading'));
  });

  itOwnApiServer(
    'stops leading when the API server is gone too long, and leads again when it is back',
    async () => {
      const { control } = controlPlane;
      if (control === undefined) throw new Error(NEEDS_OWN_API_SERVER);
      const name = await grantedLease('outage');
      const a = await candidate(name, 'a');
      await waitFor('a to lead', () => a.history.includes('leading'));
      await control.stopApiServer('SIGKILL');
      await waitFor('a to stop leading', () => a.history.includes('stopped'));
      await control.startApiServer();
      await waitFor(
        'a to lead again',
        () => a.history.filter((what) => what === 'leading').length === 2,
      );
      expect((await lease(name)).spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0 });
    },
  );
});

describe('createLeaseLock', () => {
  it('lets exactly one of many candidates acquire a Lease that is free', async () => {
    const name = await grantedLease('race');
    const client = await connect(restricted);
    const locks = Array.from({ length: 10 }, (_, i) =>
      createLeaseLock({
        client,
        lease: { namespace: NAMESPACE, name },
        identity: `candidate-${i}`,
        leaseDurationMs: 15_000,
        clock: systemClock,
      }),
    );
    const { signal } = new AbortController();
    for (const round of ['created', 'released']) {
      const outcomes = await Promise.all(locks.map((lock) => lock.acquire(signal)));
      const winners = locks.filter((_, i) => outcomes[i]?.type === 'held');
      expect([round, winners.length]).toEqual([round, 1]);
      await winners[0]?.release(signal);
    }
    expect(await holder(name)).toBe('');
  });

  it('renews, and finds out that it is no longer the holder', async () => {
    const name = await grantedLease('usurped');
    const client = await connect(restricted);
    const lock = createLeaseLock({
      client,
      lease: { namespace: NAMESPACE, name },
      identity: 'a',
      leaseDurationMs: 15_000,
      clock: systemClock,
    });
    const { signal } = new AbortController();
    await lock.acquire(signal);
    expect(await lock.renew(signal)).toMatchObject({ type: 'held' });
    const patch = JSON.stringify({ spec: { holderIdentity: 'b' } });
    await kubectl('patch', 'lease', name, '-n', NAMESPACE, '--type=merge', '-p', patch);
    expect(await lock.renew(signal)).toEqual({ type: 'taken', holder: 'b', freeInMs: 0 });
    await lock.release(signal);
    expect(await holder(name)).toBe('b');
  });
});
