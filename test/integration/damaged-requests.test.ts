// SPDX-License-Identifier: Apache-2.0
// A hundred thousand requests with something wrong about each: whoever can reach the port can send them.
// Each is answered or refused, none is let through with a reference that is not allowed, and none costs
// memory or the process.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HTTP_LIMITS } from '../../src/admission/https/limits.ts';
import type { Http1Client } from '../../src/admission/https/testing/http1-client.ts';
import { processMemory } from '../bench/machine.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { gmsaPod } from '../support/gmsa-pod.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { type AdmissionCluster, startAdmissionCluster } from './admission-cluster.ts';
import { type DamagedRequest, damagedRequests, type Path } from './damaged-request.ts';
import { callWebhook, connectToReplica } from './webhook-client.ts';
import { trustedByConfigurations } from './webhook-handshake.ts';

const REQUESTS = 100_000;
const BATCH = 2_000;
const CONNECTIONS = 16;

/** At the same time. */
const SLOW_CLIENTS = 200;

/** What answers may be: a decision, one of the server's refusals, or leave to go on (RFC 9110). */
const CODES = new Set([100, 200, 400, 404, 405, 408, 413, 415, 417, 431, 500, 503, 505]);

const ANSWER_TIMEOUT_MS = 10_000;

/** Beside the noise of a heap that is collected when it suits: a leak of 200 bytes each would be more. */
const MOST_GROWTH_MB = 20;

/** Several times what it takes on a machine that does nothing else. */
jest.setTimeout(900_000);

// The endpoints of the Service are on this machine, which an existing cluster does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('damaged requests', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  let replica: OperatorReplica;
  let credspec: string;
  let ca: string;

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    replicas = await admission.replicas();
    replica = await replicas.startReplica();
    // Ready, with which the configurations are there.
    credspec = await admission.grant();
    const [bundle] = await trustedByConfigurations(admission.cluster.client);
    ca = bundle ?? '';
  });

  afterAll(async () => {
    await replicas.close();
    await admission.stop();
  });

  it('that are too large or too slow are refused, and hold nobody up meanwhile', async () => {
    const head = `POST /mutate HTTP/1.1\r\nhost: webhook\r\ncontent-type: application/json\r\n`;
    const large = await connect();
    large.send(`${head}content-length: ${HTTP_LIMITS.maxBodyBytes + 1}\r\n\r\n`);
    expect(await large.answer()).toMatchObject({ code: 413 });
    large.close();

    // Half of them never end their headers, and half never their bodies.
    const slow = await Promise.all(Array.from({ length: SLOW_CLIENTS }, connect));
    for (const [i, client] of slow.entries()) {
      client.send(i % 2 === 0 ? head : `${head}content-length: 1000\r\n\r\n{`);
    }
    const pods = admission.startGmsaPods(credspec, { concurrency: 4, pauseMs: 0 });
    const answers = await Promise.all(slow.map((client) => client.answer()));
    expect(new Set(answers.map((answer) => answer?.code))).toEqual(new Set([408]));
    await Promise.all(slow.map(({ closed }) => closed));
    const { created, failures } = await pods.stop();
    expect(failures).toEqual([]);
    expect(created).toBeGreaterThan(SLOW_CLIENTS);
  });

  it('are each answered or refused, and memory stays', async () => {
    const reviews = reviewsOf(credspec, admission.namespace);
    const results = new Set<string>();
    const wrong: string[] = [];
    let residentAtFirst = 0;
    for (let sent = 0; sent < REQUESTS && wrong.length === 0; sent += BATCH) {
      const batch = [...damagedRequests(reviews, { seed: sent, count: BATCH })];
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          let client: Http1Client | undefined;
          for (let next = batch.pop(); next !== undefined; next = batch.pop()) {
            client ??= await connect();
            const outcome = await exchange(client, next);
            results.add(outcome.result);
            if (outcome.problem !== undefined) wrong.push(outcome.problem);
            if (outcome.connection === 'over') {
              client.close();
              client = undefined;
            }
          }
          client?.close();
        }),
      );
      // All code has been compiled, all pools are filled, by then.
      if (sent < REQUESTS / 4) residentAtFirst = await resident();
    }
    expect(wrong).toEqual([]);
    // Of each kind of trouble there was some.
    expect([...results]).toEqual(
      expect.arrayContaining(['200', '400', '404', '405', '415', '417', '431', 'hung up']),
    );
    expect((await resident()) - residentAtFirst).toBeLessThan(MOST_GROWTH_MB);

    // And it is the same process, which decides as ever.
    const allowed = await callWebhook(
      admission.cluster,
      { service: admission.service, port: replica.port },
      '/mutate',
      { operation: 'CREATE', namespace: admission.namespace, object: gmsaPod({ credspec }) },
    );
    expect(allowed).toMatchObject({ allowed: true });
    expect((await replica.readyz()).code).toBe(200);
    expect((await replica.log()).filter(({ level }) => level === 'error')).toEqual([]);
  });

  function connect(): Promise<Http1Client> {
    return connectToReplica(admission.service, { port: replica.port, ca });
  }

  /** The least of some seconds: what is there when garbage was collected. */
  async function resident(): Promise<number> {
    const samples: number[] = [];
    for (let i = 0; i < 8; i++) {
      await delay(250);
      samples.push((await processMemory(replica.pid)).resident);
    }
    return Math.min(...samples);
  }
});

interface Outcome {
  /** An HTTP status, or how the connection ended. */
  readonly result: string;
  readonly connection: 'goes on' | 'over';
  readonly problem?: string;
}

async function exchange(client: Http1Client, request: DamagedRequest): Promise<Outcome> {
  client.send(request.bytes);
  if (request.then === 'hang up') return { result: 'hung up', connection: 'over' };
  const timeout = new AbortController();
  const answer = await Promise.race([
    client.answer(),
    delay(ANSWER_TIMEOUT_MS, 'none' as const, { signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
  const described = (what: string): string =>
    `${request.path}, ${request.what}: ${what}\n${request.bytes.toString('latin1').slice(0, 4_000)}`;
  if (answer === 'none') {
    return { result: 'silence', connection: 'over', problem: described('no answer in time') };
  }
  if (answer === undefined) {
    // Where it is no HTTP that is understood, the connection goes, and may take the answer along.
    const isRefused = request.what === 'no HTTP' || request.what === 'wrong head';
    const problem = isRefused ? {} : { problem: described('closed without an answer') };
    return { result: 'closed', connection: 'over', ...problem };
  }
  const result = String(answer.code);
  // Behind a wrong head may come bytes that are taken for another request.
  const connection =
    request.body === undefined || answer.headers['connection'] === 'close' ? 'over' : 'goes on';
  if (!CODES.has(answer.code)) {
    return { result, connection, problem: described(`answered ${result}`) };
  }
  const problem = answer.code === 200 ? wrongDecision(request, answer.body) : undefined;
  return { result, connection, ...(problem === undefined ? {} : { problem: described(problem) }) };
}

/** What is wrong about a decision, if anything. */
function wrongDecision({ path, body }: DamagedRequest, answered: string): string | undefined {
  const { response } = JSON.parse(answered) as { response: { uid: unknown; allowed: unknown } };
  if (body === undefined) return undefined;
  const { request } = JSON.parse(body.toString()) as { request: ReviewedPod & { uid: unknown } };
  if (response.uid !== request.uid) return `answers another request: ${answered}`;
  if (typeof response.allowed !== 'boolean') return `decides nothing: ${answered}`;
  const isAdmitted = path === '/validate' && response.allowed;
  return isAdmitted && isPodCreation(request) && namesAnything(request.object)
    ? `admits a pod that may not: ${answered}`
    : undefined;
}

interface ReviewedPod {
  readonly operation?: unknown;
  readonly subResource?: unknown;
  readonly resource?: { readonly group?: unknown; readonly resource?: unknown } | null;
  readonly kind?: { readonly group?: unknown; readonly kind?: unknown } | null;
  readonly object?: unknown;
}

function isPodCreation({ operation, subResource, resource, kind }: ReviewedPod): boolean {
  return (
    operation === 'CREATE' &&
    (subResource ?? '') === '' &&
    resource?.resource === 'pods' &&
    resource.group === '' &&
    kind?.kind === 'Pod' &&
    kind.group === ''
  );
}

/** Whether a pod has a reference or contents where Kubernetes would see them. */
function namesAnything(pod: unknown): boolean {
  const spec = member(pod, 'spec');
  const containers = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => {
    const items = member(spec, list);
    return Array.isArray(items) ? (items as unknown[]) : [];
  });
  return [spec, ...containers].some((holder) => {
    const options = member(member(holder, 'securityContext'), 'windowsOptions');
    return ['gmsaCredentialSpecName', 'gmsaCredentialSpec'].some(
      (field) => typeof member(options, field) === 'string',
    );
  });
}

function member(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)
    ? (holder as Record<string, unknown>)[key]
    : undefined;
}

/** Of a service account that may not, so that any yes to its reference is wrong. */
function reviewsOf(
  credspec: string,
  namespace: string,
): readonly { readonly path: Path; readonly review: object }[] {
  const named = gmsaPod({ credspec, serviceAccount: 'nobody' }) as {
    spec: { containers: readonly object[]; securityContext: object };
  };
  const { securityContext, containers } = named.spec;
  const object = {
    ...named,
    spec: {
      ...named.spec,
      containers: containers.map((container) => ({ ...container, securityContext })),
      initContainers: [{ name: 'init', image: 'registry.example/init:1', securityContext }],
    },
  };
  const pod = {
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace,
    operation: 'CREATE',
    object,
    oldObject: null,
  };
  const added = { ...object, spec: { ...object.spec, ephemeralContainers: containers } };
  const ephemeral = {
    ...pod,
    operation: 'UPDATE',
    subResource: 'ephemeralcontainers',
    object: added,
    oldObject: object,
  };
  const spec = {
    kind: { group: 'windows.k8s.io', version: 'v1', kind: 'GMSACredentialSpec' },
    resource: { group: 'windows.k8s.io', version: 'v1', resource: 'gmsacredentialspecs' },
    operation: 'UPDATE',
    object: {
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: {
        name: credspec,
        annotations: { 'gmsa-operator.io/allowed-service-accounts': 'prod/web, */x' },
      },
      credspec: {
        ActiveDirectoryConfig: {
          GroupManagedServiceAccounts: [{ Name: 'WebApp1', Scope: 'contoso' }],
        },
        CmsPlugins: ['ActiveDirectory'],
        DomainJoinConfig: { DnsName: 'contoso.com', Sid: 'S-1-5-21-1-2-3' },
      },
    },
  };
  const review = (request: object) => ({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', ...request },
  });
  return [
    { path: '/mutate', review: review(pod) },
    { path: '/validate', review: review(pod) },
    { path: '/mutate', review: review(ephemeral) },
    { path: '/validate', review: review(ephemeral) },
    { path: '/validate-credentialspec', review: review(spec) },
  ];
}
