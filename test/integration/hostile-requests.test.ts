// SPDX-License-Identifier: Apache-2.0
// Clients that nobody knows, who send what costs most of what is accepted, hold connections, or fill the log. They
// cost neither memory beyond the chart's limit nor the Lease, and no pod of others is refused.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Http1Client, post } from '../../src/admission/https/testing/http1-client.ts';
import { processMemory } from '../bench/machine.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { NODE_OPTIONS } from '../support/operator-process.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, isLeader, startAdmissionCluster } from './admission-cluster.ts';
import { HOSTILE_BODIES } from './hostile-body.ts';
import type { SlowBodies } from './slow-bodies-program.ts';
import { connectToReplica } from './webhook-client.ts';
import { trustedByConfigurations } from './webhook-handshake.ts';

/** Of the Deployment's container, in 10^6 bytes. */
const MEMORY_LIMIT_MB = (256 * 1024 * 1024) / 1e6;

/** Of processor time. */
const MOST_BLOCKED_MS = 100;
const MOST_MEMORY_MB = 30;

/** Whatever else the machine does makes a figure larger and never smaller. */
const ATTEMPTS = 5;

const REVIEW_COST_PROGRAM = fileURLToPath(new URL('review-cost-program.ts', import.meta.url));

jest.setTimeout(300_000);

// The endpoints of the Service are on this machine, which an existing cluster does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('hostile requests', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  let replica: OperatorReplica;
  let credspec: string;
  let ca: string;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    replicas = await admission.replicas();
    replica = await replicas.startReplica();
    credspec = await admission.grant();
    const [bundle] = await trustedByConfigurations(admission.cluster.client);
    ca = bundle ?? '';
  });

  afterAll(async () => {
    await replicas.close();
    await admission.stop();
  });

  it.each(Object.entries(HOSTILE_BODIES))('with %s take little memory', async (_, body) => {
    const request = post('/mutate', body().toString());
    const growths: number[] = [];
    while (growths.length < ATTEMPTS && !growths.some((growth) => growth <= MOST_MEMORY_MB)) {
      const client = await connect();
      await resetPeak();
      const { resident } = await processMemory(replica.pid);
      client.send(request);
      expect(await client.answer()).toMatchObject({ code: 200 });
      growths.push((await processMemory(replica.pid)).peak - resident);
      client.close();
    }
    expect(Math.min(...growths)).toBeLessThanOrEqual(MOST_MEMORY_MB);
  });

  it('block for a moment only', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [REVIEW_COST_PROGRAM], {
      env: { ...process.env, NODE_OPTIONS },
    });
    const costs = JSON.parse(stdout) as Readonly<Record<string, number>>;
    expect(Object.keys(costs)).toEqual(Object.keys(HOSTILE_BODIES));
    expect(Object.entries(costs).filter(([, ms]) => ms > MOST_BLOCKED_MS)).toEqual([]);
  });

  it('of the worst kinds, 64 at once, leave the Lease and the memory limit alone', async () => {
    const bodies = Object.values(HOSTILE_BODIES).map((body) => post('/mutate', body().toString()));
    await resetPeak();
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, i) => {
        const client = await connect();
        client.send(bodies[i % bodies.length] ?? '');
        const answer = await client.answer();
        client.close();
        return answer?.code;
      }),
    );
    // Those for which there is no memory are refused, and on a slow machine those that do not arrive in time.
    expect([200, 408, 503]).toEqual(expect.arrayContaining(answers));
    expect(answers).toContain(200);
    const { peak } = await processMemory(replica.pid);
    expect(peak).toBeLessThan(MEMORY_LIMIT_MB);
    expect(await isLeader(replica)).toBe(true);
    expect((await replica.log()).filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('leave a large pod alone, which is legal', async () => {
    const container = (i: number) => ({
      name: `c-${i}`,
      image: `registry.example/team/application-${i}:2026.11.30`,
      args: Array.from({ length: 10 }, (_, n) => `--option-${n}=${'v'.repeat(30)}`),
      env: Array.from({ length: 30 }, (_, n) => ({ name: `VARIABLE_${n}`, value: 'x'.repeat(20) })),
      resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
      securityContext: { windowsOptions: { gmsaCredentialSpecName: credspec } },
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'large-' },
      spec: { containers: Array.from({ length: 300 }, (_, i) => container(i)) },
    };
    expect(JSON.stringify(pod).length).toBeGreaterThan(500_000);
    await admission.cluster.client.request({
      method: 'POST',
      path: `/api/v1/namespaces/${admission.namespace}/pods`,
      body: pod,
    });
  });

  it('that hold all connections with slow bodies shut out no API server', async () => {
    const attack = startSlowBodies();
    const pods = admission.startGmsaPods(credspec, { concurrency: 4, pauseMs: 0 });
    try {
      await waitFor('the attack', () => attack.begun() > 1_024, { timeoutMs: 60_000 });
      const before = pods.count();
      await waitFor('pods', () => pods.count() > before + 300 || pods.failures().length > 0, {
        timeoutMs: 120_000,
      });
    } finally {
      await attack.stop();
    }
    expect((await pods.stop()).failures).toEqual([]);
  });

  it('that are denied fill neither the log nor its lines', async () => {
    const before = await logBytes();
    const client = await connect();
    const long = 'x'.repeat(8_000);
    const review = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: '1',
        resource: { group: '', resource: 'pods' },
        operation: long,
        subResource: long,
        namespace: long,
        name: long,
        object: {},
      },
    });
    for (let i = 0; i < 2_000; i++) {
      client.send(post('/validate', review));
      expect(await client.answer()).toMatchObject({ code: 200 });
    }
    client.close();
    expect((await logBytes()) - before).toBeLessThan(500_000);
  });

  function connect(): Promise<Http1Client> {
    return connectToReplica(admission.service, { port: replica.port, ca });
  }

  /** Of resident memory (proc_pid_clear_refs(5)). */
  async function resetPeak(): Promise<void> {
    await writeFile(`/proc/${replica.pid}/clear_refs`, '5');
  }

  async function logBytes(): Promise<number> {
    return JSON.stringify(await replica.log()).length;
  }

  /** 1,100 connections, of a process of its own: this one has pods to create and probes to look at. */
  function startSlowBodies() {
    const { address, name, namespace } = admission.service;
    const slowBodies: SlowBodies = {
      connections: 1_100,
      host: address,
      port: replica.port,
      servername: `${name}.${namespace}.svc`,
      ca,
    };
    const program = fileURLToPath(new URL('slow-bodies-program.ts', import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(slowBodies)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let begun = 0;
    createInterface(child.stdout).on('line', (line) => {
      begun = Number(line);
    });
    return {
      begun: () => begun,
      stop: async () => {
        child.kill('SIGKILL');
        await once(child, 'close');
      },
    };
  }
});
