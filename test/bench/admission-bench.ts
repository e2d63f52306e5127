// SPDX-License-Identifier: Apache-2.0
// What the admission measurements need on a cluster with credspecs: the operator behind its Service and a
// second one by URL, the reference beside them, and a review as the API server sends it.
import type { WebhookTarget } from '../../src/controller/webhooks/webhook-configurations.ts';
import { issueCertificateAuthority, issueServingCertificate } from '../../src/pki/issue.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { SERVICE_ACCOUNT, usableCredspecs, windowsPod } from './bench-pod.ts';
import {
  type BenchOperatorOptions,
  endBenchOperator,
  startBenchOperator,
} from './bench-operator.ts';
import { type CapturedRequest, startCapturingWebhook } from './captured-reviews.ts';
import { assertAllReady } from './cold-start.ts';
import { takeLease } from './held-lease.ts';
import { waitUntilQuiet } from './machine.ts';
import { DEFAULT_AUTHORIZATION_TTL_MS, type OperatorSetup } from './options.ts';
import { COMPARISONS } from './pod-groups.ts';
import {
  type Configurations,
  configurationsLikeOurs,
  type ReferenceWebhook,
  startReferenceWebhook,
} from './reference-webhook.ts';
import { createRegistrar, readConfigurations, type Registrar } from './registration.ts';
import { askStraight, type WebhookAddress } from './straight-load.ts';
import { namespaceName } from './workload.ts';

/** How the API server is told to call a webhook. */
export type Route = 'Service' | 'URL';

/** A webhook under measurement. */
export interface MeasuredWebhook {
  readonly registrations: Readonly<Record<Route, Configurations>>;
  /** Of the replica behind the Service, and of the process at the URL. */
  readonly addresses: Readonly<Record<Route, WebhookAddress>>;
}

/** See {@link withAdmission}. */
export interface AdmissionBench {
  readonly bench: BenchCluster;
  /** Where pods are made. */
  readonly namespace: string;
  /** The one behind the Service, with its own service account; it does not lead. */
  readonly operator: OperatorProcess;
  readonly registrar: Registrar;
  readonly ours: MeasuredWebhook;
  readonly reference: MeasuredWebhook;
  readonly reviews: Readonly<Record<'/mutate' | '/validate', CapturedRequest>>;
  /** Makes a pod in a dry run. */
  readonly createPod: (pod: object) => Promise<unknown>;
}

const OPERATOR_NAMESPACE = 'gmsa-operator-system';
/** Of the operator that is registered by URL. */
const URL_NAMESPACE = 'bench-url';
const REFERENCE = 'reference';
const LOOPBACK = '127.0.0.1';
/**
 * Relied on for a time, an authorization serves as many pods as there are in that time. Each of the webhooks that are
 * compared has one turn in so many: for as many pods as if it were asked all the time, it has to be so much longer.
 */
const AUTHORIZATION_TTL_SECONDS = (COMPARISONS.length * DEFAULT_AUTHORIZATION_TTL_MS) / 1000;
const AUTHORIZATION_TTL = `--authorization-cache-ttl=${AUTHORIZATION_TTL_SECONDS}s`;
const DAY_MS = 24 * 3_600_000;

/** Starts all of it, for as long as `use` takes. All credspecs are Ready, and nobody leads. */
export async function withAdmission(
  bench: BenchCluster,
  setup: OperatorSetup,
  log: (line: string) => void,
  use: (admission: AdmissionBench) => Promise<void>,
): Promise<void> {
  const { cluster, workload } = bench;
  const { client } = cluster;
  const cleanUp: (() => Promise<void>)[] = [];
  try {
    const namespace = namespaceName(0, workload);
    await createServiceAccount(client, namespace, SERVICE_ACCOUNT);
    const [credspec = ''] = usableCredspecs(workload);
    const createPod = (pod: object): Promise<unknown> =>
      client.request({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: { dryRun: 'All' },
        body: pod,
      });

    const byService = await startByService(bench, setup);
    cleanUp.push(() => endBenchOperator(byService.operator));
    log('the operator serves behind its Service, and every credspec is Ready');
    const reviews = await captureReviews(bench, () => createPod(windowsPod(credspec)));
    await takeLease(client, OPERATOR_NAMESPACE, byService.operator);

    const byUrl = await startByUrl(bench, setup, {
      namespace: URL_NAMESPACE,
      args: [AUTHORIZATION_TTL],
    });
    cleanUp.push(() => endBenchOperator(byUrl.operator));
    await takeLease(client, URL_NAMESPACE, byUrl.operator);
    log('a second one serves by URL');

    const patch = patchOf(await askStraight(byService.address, reviews['/mutate']));
    const reference = await startReference(bench, patch);
    cleanUp.push(() => reference.close());
    await waitUntilQuiet(log);
    await use({
      bench,
      namespace,
      operator: byService.operator,
      registrar: createRegistrar(cluster),
      ours: {
        registrations: { Service: byService.configurations, URL: byUrl.configurations },
        addresses: { Service: byService.address, URL: byUrl.address },
      },
      reference,
      reviews,
      createPod,
    });
  } finally {
    for (const undo of cleanUp.toReversed()) await undo();
  }
}

async function startByService(bench: BenchCluster, setup: OperatorSetup) {
  const { client } = bench.cluster;
  const service = await createWebhookService(client);
  const port = await freePort();
  // Listed for good: a probe that looks often would cost us, and not the reference.
  await service.setReplicas([{ port, ready: true }]);
  const admission = { type: 'service', address: service.address, port } as const;
  const operator = await startBenchOperator(bench, setup, { admission, args: [AUTHORIZATION_TTL] });
  try {
    await waitFor(
      'every credspec to be Ready',
      async () => {
        await assertAllReady(bench);
        return true;
      },
      { timeoutMs: 180_000, everyMs: 1_000 },
    );
    const configurations = await readConfigurations(client, 'gmsa-operator');
    const servername = `${service.name}.${service.namespace}.svc`;
    const address = { host: service.address, port, servername, ca: caOf(configurations) };
    return { operator, configurations, address };
  } catch (error) {
    await operator.close();
    throw error;
  }
}

/**
 * Starts an operator that has a Lease and Secrets of its own in `namespace`; resolves when it has registered itself by
 * URL, and leads. As the administrator: the policy of config/rbac lets the operator's own account register
 * its Service only.
 */
export async function startByUrl(
  bench: BenchCluster,
  setup: OperatorSetup,
  {
    namespace,
    args,
    ...options
  }: Required<Pick<BenchOperatorOptions, 'args'>> &
    Pick<BenchOperatorOptions, 'program'> & { readonly namespace: string },
) {
  const { cluster } = bench;
  await cluster.kubectl('create', 'namespace', namespace);
  const port = await freePort();
  const operator = await startBenchOperator(bench, setup, {
    ...options,
    kubeconfig: cluster.controlPlane.kubeconfigPath,
    admission: { type: 'url', port },
    args: [`--namespace=${namespace}`, ...args],
  });
  try {
    const configurations = await waitFor('the registration by URL', async () => {
      const found = await readConfigurations(cluster.client, 'gmsa-operator');
      const urls = found.map(({ webhooks: [webhook] = [] }) => webhook?.clientConfig.url ?? '');
      const all = urls.every((url) => url.startsWith(`https://${LOOPBACK}:${port}/`));
      return all && (await operator.readyz()).code === 200 ? found : undefined;
    });
    const address = { host: LOOPBACK, port, servername: '', ca: caOf(configurations) };
    return { operator, configurations, address };
  } catch (error) {
    await operator.close();
    throw error;
  }
}

/** A process for each route, as of ours: one for both would have twice the turns, and be the warmer for it. */
export async function startReference({ cluster }: BenchCluster, patch: string) {
  const service = await createWebhookService(cluster.client, { name: REFERENCE });
  const { namespace, name } = service;
  const servername = `${name}.${namespace}.svc`;
  const { authority, pair } = await issue(servername);
  const ca = authority.certificate;
  const programs: ReferenceWebhook[] = [];
  const start = async (): Promise<number> => {
    const program = await startReferenceWebhook({ ...pair, patch });
    programs.push(program);
    return program.port;
  };
  const close = async (): Promise<void> => {
    for (const program of programs) await program.close();
  };
  try {
    const ports = { Service: await start(), URL: await start() };
    await service.setReplicas([{ port: ports.Service, ready: true }]);
    const configurations = (target: WebhookTarget): Configurations =>
      configurationsLikeOurs(REFERENCE, { target, caBundle: ca });
    return {
      addresses: {
        Service: { host: service.address, port: ports.Service, servername, ca },
        URL: { host: LOOPBACK, port: ports.URL, servername, ca },
      },
      registrations: {
        Service: configurations({ type: 'service', namespace, name }),
        URL: configurations({ type: 'url', base: `https://${LOOPBACK}:${ports.URL}` }),
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** While ours is registered too: mutating webhooks are called by name, so this one comes before it. */
async function captureReviews(
  { cluster }: BenchCluster,
  createPod: () => Promise<unknown>,
): Promise<AdmissionBench['reviews']> {
  const { authority, pair } = await issue('capture.invalid');
  const webhook = await startCapturingWebhook(pair);
  try {
    const configurations = configurationsLikeOurs('capture', {
      target: { type: 'url', base: `https://${LOOPBACK}:${webhook.port}` },
      caBundle: authority.certificate,
    });
    await cluster.apply(...configurations);
    const reviews = await waitFor('the API server to call for a pod', async () => {
      await createPod();
      return {
        '/mutate': webhook.captured('/mutate'),
        '/validate': webhook.captured('/validate'),
      };
    });
    for (const { kind, metadata } of configurations) {
      await cluster.kubectl('delete', kind, metadata.name);
    }
    return reviews;
  } finally {
    await webhook.close();
  }
}

/** For a Service's name and for loopback. */
async function issue(servername: string) {
  const common = { validityMs: DAY_MS, now: new Date() };
  const authority = await issueCertificateAuthority(common);
  const names = { dnsNames: [servername], ipAddresses: [LOOPBACK] };
  return { authority, pair: await issueServingCertificate({ ...common, ...names, authority }) };
}

/** PEM. */
function caOf([mutating]: Configurations): string {
  const bundle = mutating.webhooks?.[0]?.clientConfig.caBundle ?? '';
  return Buffer.from(bundle, 'base64').toString();
}

/** In Base64. */
function patchOf(review: string): string {
  const { response } = JSON.parse(review) as { readonly response: { readonly patch?: string } };
  if (response.patch === undefined) throw new Error(`/mutate gives no patch: ${review}`);
  return response.patch;
}
